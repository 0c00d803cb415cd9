import * as vscode from 'vscode';

import type { ToolCallPart } from '../internalModel/answer.ts';
import { chatLimitsOf } from '../internalModel/chatLimits.ts';
import { appendChatRecord } from '../internalModel/chatLog.ts';
import { answerChat, chatUsageOf } from '../internalModel/chatProvider.ts';
import { requestOf } from '../internalModel/chatProviderRequest.ts';
import { estimatedRequestTokens } from '../internalModel/chatProviderTokens.ts';
import { streamAnswer } from '../internalModel/client.ts';
import type { InternalModel } from '../internalModel/settings.ts';
import { estimatedTokens } from '../internalModel/tokenEstimate.ts';
import { sentenceOf } from './commands.ts';
import type { InternalModelKey } from './internalModelKey.ts';
import { projectFolder } from './project.ts';

export interface ChatQuestion {
  readonly model: InternalModel;
  readonly messages: readonly vscode.LanguageModelChatRequestMessage[];
  readonly options: vscode.ProvideLanguageModelChatResponseOptions;
  readonly progress: vscode.Progress<vscode.LanguageModelResponsePart>;
  readonly token: vscode.CancellationToken;
}

export interface ChatSurroundings {
  readonly key: InternalModelKey;
  /** What servers want to get back with the tool calls that they made, by the ids of the calls: the chat does not keep it. */
  readonly signatures: Map<string, string>;
  /** The folder of everything that the extension keeps for this user. */
  readonly dataFolder: string;
  readonly onError: (error: unknown) => void;
}

/**
 * Asks an internal model what the chat asks, passes on what it says, and writes down what that took.
 * @throws {Error} with a sentence for the user: the chat shows it
 */
export async function answerInChat(question: ChatQuestion, surroundings: ChatSurroundings): Promise<void> {
  const { model, messages, options, progress, token } = question;
  const { key: keys, signatures, dataFolder, onError } = surroundings;
  const key = await keys.getOrAsk(model);
  if (key === undefined) {
    throw vscode.LanguageModelError.NoPermissions(
      vscode.l10n.t('{0} cannot be asked without its key.', model.displayName),
    );
  }
  const { signal, dispose } = signalOf(token);
  const { record, usage, error } = await answerChat({
    request: requestOf(
      {
        messages,
        tools: options.tools,
        isToolRequired: options.toolMode === vscode.LanguageModelChatToolMode.Required,
      },
      {
        // With a prompt as long as we allow, more would not fit; without a limit the server knows best.
        maxOutputTokens: model.outputTokens === undefined ? undefined : chatLimitsOf(model).maxOutputTokens,
        signatureOf: callId => signatures.get(callId),
      },
    ),
    stream: request => streamAnswer(request, { model, key, signal }),
    signal,
    onPart: part => {
      if (part.kind === 'text') progress.report(new vscode.LanguageModelTextPart(part.text));
      else {
        keepSignature(part, signatures);
        progress.report(new vscode.LanguageModelToolCallPart(part.id, part.name, part.input));
      }
    },
    about: { model: model.model, format: formatOf(model), ...whoAsks(options) },
    now: Date.now,
  }).finally(dispose);
  if (usage) reportUsage(chatUsageOf(usage), progress);
  // An answer that cannot be written down is still one.
  if (record) await appendChatRecord(dataFolder, record).catch(onError);
  if (error !== undefined) {
    onError(error);
    throw new Error(sentenceOf(error));
  }
}

/** How many tokens a text or a message is, by our own estimate. */
export function tokensInChat(text: string | vscode.LanguageModelChatRequestMessage): number {
  if (typeof text === 'string') return estimatedTokens(text);
  return estimatedRequestTokens(
    requestOf({ messages: [text], isToolRequired: false }, { signatureOf: () => undefined }),
  );
}

/** More tool calls than a conversation has. */
const mostSignatures = 10_000;

function keepSignature({ id, signature }: ToolCallPart, signatures: Map<string, string>): void {
  if (signature === undefined) return;
  const [oldest] = signatures.keys();
  if (oldest !== undefined && signatures.size >= mostSignatures) signatures.delete(oldest);
  signatures.set(id, signature);
}

function signalOf(token: vscode.CancellationToken): { readonly signal: AbortSignal; readonly dispose: () => void } {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  const subscription = token.onCancellationRequested(() => abort.abort());
  return { signal: abort.signal, dispose: () => void subscription.dispose() };
}

function formatOf({ formats: [format] }: InternalModel): InternalModel['formats'][number] {
  if (!format) throw new TypeError('a model without a wire format');
  return format;
}

/**
 * Where the question comes from, as far as the editor tells: the conversation and the extension stand in fields that its
 * API does not name (seen in VS Code 1.139).
 */
function whoAsks(options: vscode.ProvideLanguageModelChatResponseOptions): {
  readonly session?: string;
  readonly project?: string;
  readonly initiator?: string;
} {
  const session: unknown = options.modelOptions?.['_conversationId'];
  const initiator: unknown = 'requestInitiator' in options ? options.requestInitiator : undefined;
  const project = projectFolder();
  return {
    ...(typeof session === 'string' && session !== '' && { session }),
    ...(project !== undefined && { project }),
    ...(typeof initiator === 'string' && initiator !== '' && { initiator: initiator.toLowerCase() }),
  };
}

/** A part of data, which VS Code has since 1.106: Copilot Chat takes one of the type `usage` for what the answer took. */
type DataPart = new (data: Uint8Array, mimeType: string) => vscode.LanguageModelTextPart;

function reportUsage(usage: object, progress: vscode.Progress<vscode.LanguageModelResponsePart>): void {
  const { LanguageModelDataPart } = vscode as { readonly LanguageModelDataPart?: DataPart };
  if (!LanguageModelDataPart) return;
  progress.report(new LanguageModelDataPart(new TextEncoder().encode(JSON.stringify(usage)), 'usage'));
}
