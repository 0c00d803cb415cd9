import type {
  ImagePart,
  JsonObject,
  Message,
  MessagePart,
  ModelRequest,
  TextPart,
  Tool,
  ToolCallPart,
} from './answer.ts';

/** What VS Code's chat asks for, as its API hands it over. */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ChatTool[] | undefined;
  /** Whether one of the tools has to be called. */
  readonly isToolRequired: boolean;
}

export interface ChatMessage {
  /** 1: user, 2: assistant, 3: system, which the API does not name, but Copilot Chat uses. */
  readonly role: number;
  /** Parts of VS Code's classes, known by their fields: which classes there are depends on the editor's version. */
  readonly content: readonly unknown[];
}

export interface ChatTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema?: object | undefined;
}

export interface RequestContext {
  readonly maxOutputTokens?: number | undefined;
  /** What the model's server wants to get back with a tool call that it made. */
  readonly signatureOf: (callId: string) => string | undefined;
}

/** What VS Code's chat asks for, as any model can be asked. What cannot be sent to a model is left out. */
export function requestOf(
  { messages, tools, isToolRequired }: ChatRequest,
  { maxOutputTokens, signatureOf }: RequestContext,
): ModelRequest {
  return {
    messages: messages.map(message => messageOf(message, signatureOf)).filter(({ parts }) => parts.length > 0),
    ...(tools !== undefined && tools.length > 0 && { tools: tools.map(toolOf) }),
    ...(isToolRequired && { toolChoice: 'required' as const }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  };
}

const roles: ReadonlyMap<number, Message['role']> = new Map([
  [2, 'assistant'],
  [3, 'system'],
]);

function messageOf({ role, content }: ChatMessage, signatureOf: RequestContext['signatureOf']): Message {
  return {
    role: roles.get(role) ?? 'user',
    parts: content.map(part => partOf(asFields(part), signatureOf)).filter(part => part !== undefined),
  };
}

function toolOf({ name, description, inputSchema }: ChatTool): Tool {
  return { name, description, ...(inputSchema !== undefined && { inputSchema: inputSchema as JsonObject }) };
}

function partOf(part: JsonObject, signatureOf: RequestContext['signatureOf']): MessagePart | undefined {
  const { callId, name, input, content } = part;
  if (typeof callId !== 'string') return contentOf(part);
  if (Array.isArray(content)) {
    return {
      kind: 'toolResult',
      callId,
      content: content.map(one => contentOf(asFields(one))).filter(one => one !== undefined),
      ...(part['isError'] === true && { isError: true }),
    };
  }
  return typeof name === 'string' ? toolCallOf(callId, name, asFields(input), signatureOf(callId)) : undefined;
}

function toolCallOf(id: string, name: string, input: JsonObject, signature: string | undefined): ToolCallPart {
  return { kind: 'toolCall', id, name, input, ...(signature !== undefined && { signature }) };
}

/** Text, data, or what a tool returned as a tree of elements. What a model has thought is its own: it is not sent. */
function contentOf(part: JsonObject): TextPart | ImagePart | undefined {
  const { value, data, mimeType } = part;
  if (data instanceof Uint8Array && typeof mimeType === 'string') return dataOf(data, mimeType);
  if (value === undefined || 'metadata' in part) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' ? undefined : { kind: 'text', text };
}

function dataOf(data: Uint8Array, mimeType: string): TextPart | ImagePart | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (mimeType.startsWith('image/')) {
    return { kind: 'image', mediaType: mimeType, base64: bytes.toString('base64') };
  }
  // Others are notes of Copilot Chat to providers: where to cache, what was used.
  if (!/^(text\/|application\/(json|xml)\b)/.test(mimeType) || bytes.length === 0) return undefined;
  return { kind: 'text', text: bytes.toString('utf8') };
}

function asFields(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
