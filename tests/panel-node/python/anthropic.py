"""A stand-in for the anthropic package: see openai.py."""

import json
from types import SimpleNamespace

from standin import check, events, post, to_object

NAMED = "max_tokens messages model metadata service_tier stop_sequences stream system temperature thinking tool_choice tools top_k top_p".split()


class Anthropic:
    def __init__(self, *, base_url, api_key):
        def create(*, extra_body=None, extra_headers=None, **named):
            check(named, NAMED)
            headers = {"x-api-key": api_key, "anthropic-version": "2023-06-01", **(extra_headers or {})}
            answer = post(base_url + "/v1/messages", {**named, **(extra_body or {})}, headers)
            return map(to_object, events(answer)) if named.get("stream") else to_object(json.load(answer))

        self.messages = SimpleNamespace(create=create)
