import type { AnswerPart, JsonObject, ModelRequest } from './answer.ts';

/** One wire format: how a request is written in it, and how an answer is read. All of it is pure. */
export interface Format {
  /** What comes after the address of the server. */
  path(model: string, isStreamed: boolean): string;
  /** How the key is shown, and whatever else the format wants to have said. */
  headers(key: string): Readonly<Record<string, string>>;
  body(request: ModelRequest, about: { readonly model: string; readonly isStreamed: boolean }): JsonObject;
  /** A new one for each answer. */
  reader(): AnswerReader;
}

/** Reads one answer, event by event or as a whole. Fields that it does not know it does not look at. */
export interface AnswerReader {
  /** Whether the last event has come, so that no more is waited for. */
  readonly isWhole: boolean;
  /**
   * The next event of a stream.
   * @throws {AnswerError}
   */
  event(data: unknown): readonly AnswerPart[];
  /**
   * What is left to be told when there are no more events.
   * @throws {AnswerError} if the answer is not whole
   */
  end(): readonly AnswerPart[];
  /**
   * An answer that came in one piece.
   * @throws {AnswerError} if it is none
   */
  whole(data: unknown): readonly AnswerPart[];
}

/** Why an answer cannot be gone on with, for people. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  /** Whether what came is nothing that belongs to the format, rather than an error told in it. */
  readonly isForeign: boolean;

  constructor(message: string, { isForeign = false }: { readonly isForeign?: boolean } = {}) {
    super(message);
    this.isForeign = isForeign;
  }
}

/** For formats in which the answer must have a limit. */
export const defaultOutputTokens = 8192;

/** What a tool takes that takes nothing. */
export const noInput: JsonObject = { type: 'object', properties: {} };
