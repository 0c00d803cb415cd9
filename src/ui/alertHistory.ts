import * as vscode from 'vscode';

import {
  interruptionKeys,
  interruptionKinds,
  type InterruptionKind,
  type RaisedOccasion,
} from '../core/interruption.ts';
import type { Meter } from '../core/meterApi.ts';
import type { Language } from '../core/statusText.ts';
import { momentOf } from '../core/statusWatch.ts';
import { causesOf, explanationText, kindText, occasionText, type AlertTextOptions } from './alertText.ts';
import type { Documents } from './documents.ts';
import type { Unsolicited } from './unsolicited.ts';

export interface AlertHistoryOptions {
  readonly meter: Pick<Meter, 'occasions' | 'decision' | 'explain'>;
  readonly unsolicited: Pick<Unsolicited, 'allow'>;
  readonly documents: Documents;
  readonly language: Language;
  readonly timeZone: () => string;
}

/** How many alerts are listed. */
const listed = 200;
const icons: Readonly<Record<InterruptionKind, string>> = {
  budget: 'target',
  forecast: 'graph-line',
  spike: 'flame',
  runaway: 'sync',
  switchSuggestion: 'arrow-swap',
  switchTrial: 'beaker',
  switchSummary: 'history',
};

interface HistoryItem extends vscode.QuickPickItem {
  readonly run?: () => unknown;
}

/** Everything that was worth telling, shown or not; and what was turned off, to turn it on again. */
export async function pickFromHistory(options: AlertHistoryOptions): Promise<void> {
  const { t } = vscode.l10n;
  const items = await historyItems(options);
  if (items.length === 0) {
    void vscode.window.showInformationMessage(t('There have been no alerts so far.'));
    return;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: t('Alerts so far'),
    placeHolder: t('Choose one to see why'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  await picked?.run?.();
}

async function historyItems(options: AlertHistoryOptions): Promise<HistoryItem[]> {
  const { meter, unsolicited, language } = options;
  const { t } = vscode.l10n;
  const [occasions, silenced] = await Promise.all([meter.occasions(listed), silencedKinds(meter)]);
  return [
    ...silenced.map(kind => ({
      label: `$(bell) ${t('Show notifications about {0} again', kindText(kind, language))}`,
      run: () => unsolicited.allow(kind),
    })),
    ...occasions.flatMap(occasion => itemOf(occasion, options) ?? []),
  ];
}

async function silencedKinds(meter: Pick<Meter, 'decision'>): Promise<InterruptionKind[]> {
  const decisions = await Promise.all(interruptionKinds.map(kind => meter.decision(interruptionKeys.never(kind))));
  return interruptionKinds.filter((_, index) => decisions[index] !== undefined);
}

function itemOf(occasion: RaisedOccasion, options: AlertHistoryOptions): HistoryItem | undefined {
  const { documents, language } = options;
  const told: AlertTextOptions = { language, timeZone: options.timeZone() };
  const text = occasionText(occasion, told);
  if (text === undefined) return undefined;
  const causes = causesOf(occasion.facts);
  const shown = occasion.isShown ? ` · ${vscode.l10n.t('shown as a notification')}` : '';
  return {
    label: `$(${icons[occasion.kind]}) ${momentOf(occasion.atMs, told.timeZone, language)}`,
    description: `${kindText(occasion.kind, language)}${shown}`,
    detail: text,
    run: () =>
      documents.show('AI Spend Alert.txt', causes.length > 0 ? explanationText(text, { causes }, told) : `${text}\n`),
  };
}

/** Asks which time is meant, and says why it cost more than usual. */
export async function showWhyItRose(
  options: AlertHistoryOptions & { readonly startOfDayMs: () => number },
): Promise<void> {
  const { t } = vscode.l10n;
  const { meter, documents, language } = options;
  const nowMs = Date.now();
  const dayMs = 86_400_000;
  const startMs = options.startOfDayMs();
  const picked = await vscode.window.showQuickPick(
    [
      { label: t('The last 15 minutes'), range: { fromMs: nowMs - 15 * 60_000, toMs: nowMs } },
      { label: t('The last hour'), range: { fromMs: nowMs - 3_600_000, toMs: nowMs } },
      { label: t('Today'), range: { fromMs: startMs, toMs: startMs + dayMs } },
    ],
    { title: t('Why did it rise?'), placeHolder: t('What is compared with the two weeks before?') },
  );
  if (!picked) return;
  const explanation = await meter.explain(picked.range);
  const told = { language, timeZone: options.timeZone() };
  await documents.show('Why AI Spend Rose.txt', explanationText(picked.label, explanation, told));
}
