import { createParser } from 'eventsource-parser';
import { AnswerError } from './format.ts';

/**
 * The data of server-sent events, whichever way their bytes are cut into pieces: objects, or a sign such as that at the
 * end of some streams.
 * @throws {AnswerError} if an object is not whole
 */
export async function* eventsOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<unknown, void, undefined> {
  const texts: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => texts.push(data) });
  const decoder = new TextDecoder();
  for await (const piece of pieces) {
    parser.feed(decoder.decode(piece, { stream: true }));
    yield* texts.splice(0).map(dataOf);
  }
  // Not every server closes its last event with an empty line.
  parser.feed(`${decoder.decode()}\n\n`);
  yield* texts.splice(0).map(dataOf);
}

function dataOf(text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new AnswerError('it ended in the middle');
  }
}
