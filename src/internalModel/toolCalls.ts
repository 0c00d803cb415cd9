import { randomUUID } from 'node:crypto';
import type { FinishReason, JsonObject, ToolCallPart } from './answer.ts';
import { AnswerError } from './format.ts';

interface Begun {
  readonly id: string;
  readonly name: string;
  text: string;
}

/** Puts together the tool calls of one answer, whose arguments come as pieces of a JSON text. */
export class ToolCalls {
  readonly #begun = new Map<number, Begun>();
  /** The tool whose arguments make no sense. */
  #broken: string | undefined;
  #count = 0;

  /** Whether there was one that is whole. */
  get hasAny(): boolean {
    return this.#count > 0;
  }

  has(index: number): boolean {
    return this.#begun.has(index);
  }

  /** Not every server gives its calls an id: then they get one. */
  begin(index: number, { id, name }: { readonly id: string | undefined; readonly name: string }): void {
    this.#begun.set(index, { id: id ?? inventId(), name, text: '' });
  }

  append(index: number, text: string): void {
    const call = this.#begun.get(index);
    if (call) call.text += text;
  }

  /** No more comes for this one. @returns nothing if there is none, or if its arguments are not whole */
  finish(index: number): readonly ToolCallPart[] {
    const call = this.#begun.get(index);
    if (!call) return [];
    this.#begun.delete(index);
    const input = objectIn(call.text);
    if (!input) {
      this.#broken ??= call.name;
      return [];
    }
    this.#count += 1;
    return [{ kind: 'toolCall', id: call.id, name: call.name, input }];
  }

  finishAll(): readonly ToolCallPart[] {
    return [...this.#begun.keys()].flatMap(index => this.finish(index));
  }

  /**
   * How the answer ends, given what its format says.
   * @throws {AnswerError} if a tool call is broken, and not because there was no room for it
   */
  finishReason(told: FinishReason): FinishReason {
    if (this.#broken !== undefined && told !== 'length') {
      throw new AnswerError(`the arguments for the tool ${this.#broken} are no JSON object`);
    }
    return told === 'stop' && this.hasAny ? 'toolCalls' : told;
  }
}

export function inventId(): string {
  return `call_${randomUUID().replaceAll('-', '')}`;
}

/** Whether an id is ours, so that the server knows nothing of it. */
export function isInventedId(id: string): boolean {
  return /^call_[0-9a-f]{32}$/.test(id);
}

/** Models that call a tool without arguments often write none at all. */
function objectIn(text: string): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // cut off, or no JSON: the caller knows which
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
