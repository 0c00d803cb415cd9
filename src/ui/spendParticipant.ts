import * as vscode from 'vscode';

import { DisposableStore, type Disposable } from '../core/events.ts';
import type { SpendAnswers } from './spendAnswers.ts';

/** Answers about spend in the chat, by `@aiSpend` and `#aiSpend`. What answers is loaded with the first question. */
export function registerSpendAnswers(load: () => Promise<SpendAnswers>): Disposable {
  const parts = new DisposableStore();
  let loading: Promise<SpendAnswers> | undefined;
  const answers = (): Promise<SpendAnswers> => (loading ??= load());
  // Not every editor that comes from VS Code 1.104 or later has a chat.
  if ('registerTool' in vscode.lm) {
    parts.add(
      vscode.lm.registerTool<unknown>('aiSpendMeter_spend', {
        prepareInvocation: async ({ input }) => (await answers()).prepare(input),
        invoke: async ({ input }) => (await answers()).tell(input),
      }),
    );
  }
  if ('createChatParticipant' in vscode.chat) {
    const participant = vscode.chat.createChatParticipant('aiSpendMeter.aiSpend', async (request, _, stream) =>
      (await answers()).answer(request, stream),
    );
    participant.iconPath = new vscode.ThemeIcon('pulse');
    participant.followupProvider = { provideFollowups: async result => (await answers()).followups(result) };
    parts.add(participant);
  }
  return parts;
}
