/**
 * The HTTP interfaces by which model servers are called: Anthropic's Messages, OpenAI's Chat Completions and Responses,
 * and Gemini's generateContent. A server may speak several.
 */
export const wireFormats = ['messages', 'chatCompletions', 'responses', 'gemini'] as const;

export type WireFormat = (typeof wireFormats)[number];

/**
 * The address of a server for each format that it speaks: without the path that belongs to the format itself
 * (`/v1/messages`, `/v1/chat/completions`, `/v1/responses`, `/v1beta/models/…`) and without a slash at its end.
 */
export type Endpoints = Readonly<Partial<Record<WireFormat, string>>>;
