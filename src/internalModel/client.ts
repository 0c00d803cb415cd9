import { UserError } from '../core/errors.ts';
import type { WireFormat } from '../core/wireFormat.ts';
import type { AnswerPart, ModelRequest } from './answer.ts';
import { chatCompletionsFormat } from './chatCompletions.ts';
import { eventsOf } from './eventStream.ts';
import { AnswerError } from './format.ts';
import type { AnswerReader, Format } from './format.ts';
import { geminiFormat } from './gemini.ts';
import { defaultPatience, errorIn, exchange } from './http.ts';
import type { HttpAnswer, Patience } from './http.ts';
import { messagesFormat } from './messages.ts';
import { responsesFormat } from './responses.ts';
import type { InternalModel } from './settings.ts';

/** The part of an internal model that is needed to call it. */
export type CalledModel = Pick<InternalModel, 'model' | 'formats' | 'endpoints'>;

export interface CallOptions {
  readonly model: CalledModel;
  readonly key: string;
  readonly signal?: AbortSignal | undefined;
  /** One that the model speaks; its first one if absent. */
  readonly format?: WireFormat;
  /** Whether the answer is asked for piece by piece; true if absent. It is taken as it comes. */
  readonly isStreamed?: boolean;
  /** How often it is tried again where the server is too busy, before anything is heard; 2 if absent. */
  readonly retries?: number;
  readonly patience?: Partial<Patience>;
}

export const formats: Readonly<Record<WireFormat, Format>> = {
  messages: messagesFormat,
  chatCompletions: chatCompletionsFormat,
  responses: responsesFormat,
  gemini: geminiFormat,
};

/**
 * Asks an internal model, and gives its answer as it comes. To stop reading is to end the call.
 * @throws {UserError} `internalModelNotSet` without a key that can be sent; `internalModelUnreachable`;
 * `internalModelRefused`; `internalModelBrokeOff`, also after some parts; `internalModelSpeaksOtherwise`
 * @throws {Error} an `AbortError` if the signal says so
 */
export async function* streamAnswer(
  request: ModelRequest,
  options: CallOptions,
): AsyncGenerator<AnswerPart, void, undefined> {
  const { model, key, signal, isStreamed = true, retries = 2 } = options;
  const { name, format, endpoint } = spokenBy(model, options.format);
  const url = endpoint + format.path(model.model, isStreamed);
  const call = {
    url,
    headers: {
      ...format.headers(key),
      'content-type': 'application/json',
      accept: isStreamed ? 'text/event-stream, application/json' : 'application/json',
    },
    body: JSON.stringify(format.body(request, { model: model.model, isStreamed })),
    key,
    signal,
    retries,
    patience: { ...defaultPatience, ...options.patience },
  };
  try {
    yield* exchange(call, answer => read(answer, format.reader()));
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const { host } = new URL(url);
    throw new UserError(
      error.isForeign
        ? { kind: 'internalModelSpeaksOtherwise', url: endpoint, format: name }
        : { kind: 'internalModelBrokeOff', host, reason: error.message },
    );
  }
}

function spokenBy(
  { formats: spoken, endpoints }: CalledModel,
  wanted: WireFormat | undefined,
): { readonly name: WireFormat; readonly format: Format; readonly endpoint: string } {
  const name = wanted ?? spoken[0];
  const endpoint = name === undefined ? undefined : endpoints[name];
  if (name === undefined || endpoint === undefined) throw new TypeError(`the model does not speak ${String(name)}`);
  return { name, format: formats[name], endpoint };
}

/** Not every server streams when it is asked to. */
async function* read(answer: HttpAnswer, reader: AnswerReader): AsyncGenerator<AnswerPart, void, undefined> {
  if (!answer.isEventStream) {
    const whole = await answer.json();
    const error = errorIn(whole);
    if (error !== undefined) throw new AnswerError(error);
    yield* reader.whole(whole);
    return;
  }
  for await (const data of eventsOf(answer.pieces())) {
    yield* reader.event(data);
    // Some servers keep the line open after the last event.
    if (reader.isWhole) break;
  }
  yield* reader.end();
}
