import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HostedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** A server on loopback that answers as each test wants it to, and remembers what it was asked. */
export interface ModelHost {
  readonly url: string;
  readonly requests: readonly HostedRequest[];
  /** How many connections a client has given up, or finished with, before their answer was complete. */
  readonly cutOff: () => number;
  answer: (response: ServerResponse, count: number) => void;
  close(): Promise<void>;
}

export async function startModelHost(): Promise<ModelHost> {
  const requests: HostedRequest[] = [];
  let cutOff = 0;
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) cutOff++;
    });
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const { method, url, headers } = request;
      requests.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
      host.answer(response, requests.length);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const host: ModelHost = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cutOff: () => cutOff,
    answer: response => void response.end('{}'),
    close: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return host;
}

export function sendStream(response: ServerResponse, stream: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(stream);
}
