import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

import type { Usage } from '../../src/core/call.ts';
import { chatApi } from './chatApi.ts';
import { geminiApi } from './geminiApi.ts';
import { messagesApi } from './messagesApi.ts';
import { headerOf, sendJson, textOf } from './modelApi.ts';
import type { Answer, JsonObject, ModelApi, Purpose } from './modelApi.ts';
import { responsesApi } from './responsesApi.ts';

/** One call, in the server's books. */
export interface Booking {
  readonly atMs: number;
  /** The assistant's own id of the conversation, as it tells the server. */
  readonly session: string;
  readonly purpose: Purpose;
  readonly model: string;
  /** The `authorization` header, or the other kind of key as `x-api-key …`. */
  readonly credential: string;
  /** Undefined if the call failed: the answer was an error, or it broke off. */
  readonly usage: Usage | undefined;
}

/** A provider of models on loopback, which keeps books. It serves every model that is asked for. */
export interface ModelServer {
  /** Without `/v1`. */
  readonly url: string;
  readonly bookings: readonly Booking[];
  /** The models that it lists; it serves them all the same. None at first. */
  readonly models: string[];
  /** What is answered to the next calls of this purpose, in order; when there is nothing left, a short text. */
  willAnswer(purpose: Purpose, ...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

const apis: readonly ModelApi[] = [messagesApi, responsesApi, chatApi, geminiApi];

const shortAnswers: Readonly<Record<Purpose, string>> = {
  turn: 'Done.',
  subagent: 'Looked around.',
  title: '{"title":"Invented title"}',
  compaction: '<summary>The user said hello.</summary>',
  webSearch: 'The page says hello.',
};

/** @param ownApis further ways of asking a model, which come before the others */
export async function startModelServer(...ownApis: readonly ModelApi[]): Promise<ModelServer> {
  const bookings: Booking[] = [];
  const models: string[] = [];
  const answers = new Map<Purpose, Answer[]>();

  const serveCall = async (api: ModelApi, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { headers } = request;
    const body = await bodyOf(request);
    const purpose = api.purposeOf({ headers, body });
    const model = api.modelIn?.(pathOf(request)) ?? textOf(body['model']);
    const answer = answers.get(purpose)?.shift() ?? { kind: 'text', text: shortAnswers[purpose] };
    const n = bookings.length + 1;
    const usage = api.usageOf(n, purpose, model);
    const isWhole = answer.kind === 'text' || answer.kind === 'tools';
    bookings.push({
      atMs: Date.now(),
      session: api.sessionOf({ headers, body }),
      purpose,
      model,
      credential: credentialOf(headers),
      usage: isWhole ? usage : undefined,
    });
    if (answer.kind === 'error') sendError(response, answer);
    else
      await api.send(response, {
        n,
        model,
        purpose,
        streamed: body['stream'] === true || pathOf(request).endsWith(':streamGenerateContent'),
        answer,
        usage,
      });
  };

  const server = createServer((request, response) => {
    const api = [...ownApis, ...apis].find(({ isAt }) => request.method === 'POST' && isAt(pathOf(request)));
    if (api === undefined) serveVisit(request, response, models);
    else {
      serveCall(api, request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    bookings,
    models,
    willAnswer(purpose, ...more) {
      answers.set(purpose, [...(answers.get(purpose) ?? []), ...more]);
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** Requests that are no calls: looking whether we are there, listing models, counting tokens. */
function serveVisit(request: IncomingMessage, response: ServerResponse, models: readonly string[]): void {
  request.resume();
  const path = pathOf(request);
  if (path.endsWith('/count_tokens')) sendJson(response, 200, { input_tokens: 1_234 });
  else if (path.endsWith(':countTokens')) sendJson(response, 200, { totalTokens: 1_234 });
  else if (path.endsWith('/models')) {
    const data = models.map(id => ({ id, object: 'model', type: 'model' }));
    sendJson(response, 200, { data, models: [], has_more: false });
  } else if (request.method === 'HEAD' || path === '/') sendJson(response, 200, {});
  else sendJson(response, 404, { type: 'error', error: { type: 'not_found_error', message: 'not here' } });
}

function sendError(response: ServerResponse, { status, body }: Extract<Answer, { kind: 'error' }>): void {
  const type = status === 529 ? 'overloaded_error' : status === 400 ? 'invalid_request_error' : 'api_error';
  sendJson(response, status, body ?? { type: 'error', error: { type, message: 'an invented error' } });
}

async function bodyOf(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const encoding = request.headers['content-encoding'];
  const plain = encoding === 'zstd' ? zstdDecompressSync(raw) : encoding === 'gzip' ? gunzipSync(raw) : raw;
  return JSON.parse(plain.toString('utf8')) as JsonObject;
}

function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
}

function credentialOf(headers: IncomingHttpHeaders): string {
  return headers.authorization ?? `x-api-key ${headerOf(headers, 'x-api-key')}`;
}
