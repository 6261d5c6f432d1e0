// A provider that sends the responses that a test scripted, in turn, and records its requests.
import { createServer } from 'node:http';

export async function startUpstream() {
  const scripts = [];
  const requests = [];
  const server = createServer((request, response) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', async () => {
      requests.push({ url: request.url, headers: request.headers, body: Buffer.concat(pieces).toString('utf8') });
      const script = scripts.shift() ?? { status: 599, body: '{}' };
      const { status = 200, headers = {}, body, events, hold, rest = [], cut } = script;
      response.writeHead(status, { 'content-type': events ? 'text/event-stream' : 'application/json', ...headers });
      if (!events) {
        await hold;
        return response.end(body);
      }
      const text = (some) => some.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('');
      response.write(text(events), async () => {
        await hold; // until the test has seen the events so far
        if (cut) request.socket.destroy();
        else response.end(text(rest));
      });
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${server.address().port}`,
    requests,
    /** Clears the recorded requests, and scripts the next responses. */
    script(...next) {
      scripts.splice(0, scripts.length, ...next);
      requests.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
