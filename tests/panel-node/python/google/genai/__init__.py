"""A stand-in for the google-genai package: see openai.py."""

import json
from types import SimpleNamespace

from standin import check, events, post

OUTSIDE = "systemInstruction tools toolConfig safetySettings cachedContent".split()
INSIDE = "temperature topP topK maxOutputTokens stopSequences seed candidateCount presencePenalty frequencyPenalty responseMimeType responseSchema responseJsonSchema thinkingConfig".split()


def with_text(answer):
    parts = answer["candidates"][0].get("content", {}).get("parts", [])
    return SimpleNamespace(text="".join(part.get("text", "") for part in parts if not part.get("thought")))


class Client:
    def __init__(self, *, api_key, http_options):
        def call(method, model, contents, config):
            config = dict(config or {})
            http = config.pop("http_options", {})
            check(config, OUTSIDE + INSIDE)
            inside = {name: value for name, value in config.items() if name in INSIDE}
            body = {"contents": contents, **{name: value for name, value in config.items() if name in OUTSIDE}, **({"generationConfig": inside} if inside else {})}
            address = f"{http_options['base_url']}/v1beta/models/{model}:{method}"
            return post(address, {**body, **http.get("extra_body", {})}, {"x-goog-api-key": api_key, **http.get("headers", {})})

        self.models = SimpleNamespace(
            generate_content=lambda *, model, contents, config=None: with_text(json.load(call("generateContent", model, contents, config))),
            generate_content_stream=lambda *, model, contents, config=None: map(with_text, events(call("streamGenerateContent?alt=sse", model, contents, config))),
        )
