"""A stand-in for the openai package, for tests without it: the method that the panel's examples call, with the names that
the real one has. A name that it does not know is the error that it would be there."""

import json
import urllib.request
from types import SimpleNamespace

NAMED = (
    "messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata "
    "modalities n parallel_tool_calls prediction presence_penalty reasoning_effort response_format seed service_tier stop store "
    "stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options"
).split()


def to_object(value):
    if isinstance(value, dict):
        return SimpleNamespace(**{name: to_object(item) for name, item in value.items()})
    return [to_object(item) for item in value] if isinstance(value, list) else value


class OpenAI:
    def __init__(self, *, base_url, api_key):
        self.base_url, self.api_key = base_url, api_key
        self.chat = SimpleNamespace(completions=SimpleNamespace(create=self.create))

    def create(self, *, extra_body=None, extra_headers=None, **named):
        unknown = [name for name in named if name not in NAMED]
        if unknown:
            raise TypeError(f"create() got an unexpected keyword argument '{unknown[0]}'")
        request = urllib.request.Request(
            self.base_url + "/chat/completions",
            data=json.dumps({**named, **(extra_body or {})}).encode(),
            headers={"authorization": f"Bearer {self.api_key}", "content-type": "application/json", **(extra_headers or {})},
        )
        answer = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
        return self.events(answer) if named.get("stream") else to_object(json.load(answer))

    @staticmethod
    def events(answer):
        for line in answer:
            if line.startswith(b"data: ") and line.strip() != b"data: [DONE]":
                chunk = json.loads(line[6:])
                for choice in chunk["choices"]:
                    choice["delta"].setdefault("content", None)
                yield to_object(chunk)
