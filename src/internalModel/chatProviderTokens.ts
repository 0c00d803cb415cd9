import type { MessagePart, ModelRequest } from './answer.ts';
import { estimatedTokens } from './tokenEstimate.ts';

/** What a picture takes in most models, about, if it is not small. */
const tokensPerImage = 1_000;

/** What a message, a call of a tool and its result take beside what is in them, about. */
const tokensPerItem = 4;

/** How many tokens a request is, about: see `estimatedTokens`. */
export function estimatedRequestTokens({ messages, tools = [] }: ModelRequest): number {
  return (
    sumOf(messages, message => tokensPerItem + sumOf(message.parts, estimatedPartTokens)) +
    sumOf(tools, tool => tokensPerItem + estimatedTokens(JSON.stringify(tool)))
  );
}

/** How many tokens a part of a request or of an answer is, about. */
export function estimatedPartTokens(part: MessagePart): number {
  switch (part.kind) {
    case 'text':
      return estimatedTokens(part.text);
    case 'image':
      return tokensPerImage;
    case 'toolCall':
      return tokensPerItem + estimatedTokens(part.name + JSON.stringify(part.input));
    case 'toolResult':
      return tokensPerItem + sumOf(part.content, estimatedPartTokens);
  }
}

function sumOf<T>(items: readonly T[], tokensOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + tokensOf(item), 0);
}
