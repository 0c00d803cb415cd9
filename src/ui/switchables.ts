import * as vscode from 'vscode';

import type { MeterSnapshot } from '../core/snapshot.ts';
import type { Endpoints } from '../core/wireFormat.ts';
import type { Switcher } from '../switching/switcher.ts';

/** The assistants that are used on this machine, the one with the latest call first, as far as the meter has seen. */
export function assistantsInUse(snapshot: MeterSnapshot | undefined): readonly string[] {
  if (!snapshot) return [];
  const { lastCall, todayByAssistant, sources } = snapshot;
  return [
    ...new Set([
      ...(lastCall ? [lastCall.assistant] : []),
      ...todayByAssistant.flatMap(({ name }) => name ?? []),
      ...sources.folders.filter(folder => folder.exists).map(folder => folder.assistant),
    ]),
  ];
}

/** The assistants that are in use, the most recent first, and the others. */
export function inOrder(
  switchers: readonly Switcher[],
  inUse: readonly string[],
): { readonly used: readonly Switcher[]; readonly others: readonly Switcher[] } {
  const used = inUse.flatMap(id => switchers.find(switcher => switcher.assistant === id) ?? []);
  return { used, others: switchers.filter(switcher => !used.includes(switcher)) };
}

export interface SwitcherQuestion {
  readonly title: string;
  readonly switchers: readonly Switcher[];
  readonly inUse: readonly string[];
  /** Of the internal model. */
  readonly endpoints: Endpoints;
}

/** Lets the user choose an assistant to switch. */
export async function askForSwitcher(question: SwitcherQuestion): Promise<Switcher | undefined> {
  const { t } = vscode.l10n;
  const { used, others } = inOrder(question.switchers, question.inUse);
  const item = (switcher: Switcher) => ({
    label: switcher.name,
    switcher,
    ...(!canCall(switcher, question.endpoints) && { description: t('needs a format that the model does not speak') }),
  });
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator, switcher: undefined });
  const picked = await vscode.window.showQuickPick(
    [
      ...(used.length > 0 ? [separator(t('In use')), ...used.map(item)] : []),
      ...(others.length > 0 ? [separator(t('Others')), ...others.map(item)] : []),
    ],
    { title: question.title, matchOnDescription: true },
  );
  return picked?.switcher;
}

/** Whether an assistant can be told to call a model in one of the formats that the model is served in. */
export function canCall({ needs }: Switcher, endpoints: Endpoints): boolean {
  return needs.some(format => endpoints[format] !== undefined);
}
