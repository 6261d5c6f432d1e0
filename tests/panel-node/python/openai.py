"""A stand-in for the openai package, for tests without it: the methods that the panel's examples call, with the names of
the real ones."""

import json
from types import SimpleNamespace

from standin import check, events, post, to_object

CHAT = (
    "messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata "
    "modalities n parallel_tool_calls prediction presence_penalty reasoning_effort response_format seed service_tier stop store "
    "stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options"
).split()
RESPONSES = (
    "model input instructions include max_output_tokens metadata parallel_tool_calls previous_response_id reasoning service_tier store "
    "stream temperature text tool_choice tools top_p truncation user"
).split()
EMBEDDINGS = "model input dimensions encoding_format user".split()


class OpenAI:
    def __init__(self, *, base_url, api_key):
        def method(path, known, read):
            def create(*, extra_body=None, extra_headers=None, **named):
                check(named, known)
                headers = {"authorization": f"Bearer {api_key}", **(extra_headers or {})}
                answer = post(base_url + path, {**named, **(extra_body or {})}, headers)
                return map(to_object, map(read, events(answer))) if named.get("stream") else to_object(self.whole(json.load(answer)))

            return SimpleNamespace(create=create)

        self.chat = SimpleNamespace(completions=method("/chat/completions", CHAT, self.chunk))
        self.responses = method("/responses", RESPONSES, lambda event: event)
        self.embeddings = method("/embeddings", EMBEDDINGS, None)

    @staticmethod
    def chunk(chunk):
        for choice in chunk["choices"]:
            choice["delta"].setdefault("content", None)
        return chunk

    @staticmethod
    def whole(answer):
        """A property of the real object."""
        if "output" in answer:
            answer["output_text"] = "".join(part["text"] for item in answer["output"] for part in item.get("content", []))
        return answer
