import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../core/events.ts';
import type { Meter } from '../core/meterApi.ts';
import {
  callOrders,
  firstRequest,
  longTables,
  maxPicked,
  namedRanges,
  panelCommands,
  panelDimensions,
  panelSettings,
  panelTabs,
  sessionsOrders,
  type FromPanel,
  type PackedView,
  type PanelContribution,
  type PanelLead,
  type PanelRequest,
  type PanelTab,
  type ToPanel,
} from '../core/panel.ts';
import { changeDimensions } from '../core/panelChanges.ts';
import { comparedDimensions } from '../core/panelCompare.ts';
import { unattributedReasons } from '../core/panelOutcomes.ts';
import { isDay } from '../core/panelRange.ts';
import { currencyOn, hasOneRate, type Currency } from '../core/currency.ts';
import { maxSharedLength, type ShareMessage } from '../core/shareMessage.ts';
import { measures } from '../core/panelAmounts.ts';
import { recordingIds, type RecordingOffer } from '../core/recording.ts';
import { commandId } from './commandIds.ts';
import { sentenceOf } from './commands.ts';
import { usagePanelType } from './usagePanelContribution.ts';

type ViewMessage = Extract<ToPanel, { type: 'view' }>;

export interface UsagePanelOptions {
  readonly meter: Meter;
  readonly extensionUri: vscode.Uri;
  /** Whether the numbers are invented. */
  readonly isSample?: boolean;
  readonly recordings: () => Promise<readonly RecordingOffer[]>;
  /** What this window knows and the meter does not. */
  readonly contribution: () => Promise<PanelContribution>;
  /** What money is shown in; undefined: US dollars. */
  readonly currency: () => Currency | undefined;
}

/** Where the argument of a command leads, a tab or a whole lead; nowhere if it is neither. */
function leadTo(argument: unknown): PanelLead | undefined {
  const parsed = v.safeParse(lead, typeof argument === 'string' ? { tab: argument } : argument);
  // `exactOptionalPropertyTypes`: the schema leaves absent fields absent.
  return parsed.success ? (parsed.output as PanelLead) : undefined;
}

/** Numbers that change by themselves change at most this often; some take more work than others. */
const resendMs: Readonly<Record<PanelTab, number>> = {
  overview: 1000,
  budgets: 2000,
  alerts: 2000,
  efficiency: 10_000,
  outcomes: 1000,
  compare: 2000,
  switches: 5000,
  whatIf: 20_000,
  sources: 1000,
};

/** The usage panel: one editor tab, opened when it is asked for and restored with the window. */
export class UsagePanel implements Disposable {
  readonly #options: UsagePanelOptions;
  #open: OpenPanel | undefined;

  constructor(options: UsagePanelOptions) {
    this.#options = options;
  }

  /**
   * Opens the panel, or brings it to the front. It shows what it showed last, but for what a lead says.
   * @param argument a tab, or a `PanelLead`; anything else leads nowhere
   */
  show(argument?: unknown): void {
    const lead = leadTo(argument);
    if (this.#open) {
      this.#open.reveal(lead);
      return;
    }
    const panel = vscode.window.createWebviewPanel(usagePanelType, vscode.l10n.t('AI Spend'), vscode.ViewColumn.Active);
    this.adopt(panel, lead);
  }

  /** Something that the window knows has changed. */
  refresh(): void {
    this.#open?.refresh();
  }

  dispose(): void {
    this.#open?.dispose();
  }

  /** Shows itself in a panel that was opened, or that the window has restored. */
  adopt(panel: vscode.WebviewPanel, lead?: PanelLead): void {
    // A window may restore the panel after a command has opened one.
    this.#open?.dispose();
    const open = new OpenPanel(panel, this.#options, lead);
    this.#open = open;
    panel.onDidDispose(() => {
      open.dispose();
      if (this.#open === open) this.#open = undefined;
    });
  }
}

/** A panel from its opening to its closing. */
class OpenPanel implements Disposable {
  readonly #panel: vscode.WebviewPanel;
  readonly #options: UsagePanelOptions;
  readonly #owned = new DisposableStore();
  /** What is shown; the page's own until the page has said what that is. */
  #request: PanelRequest | undefined;
  /** Where to lead the page once it has said what it shows. */
  #lead: PanelLead | undefined;
  /** The number of the latest request that the page has sent. */
  #heard = 0;
  /** The logs that the last view names: the only files that the page can have opened. */
  #logs: ReadonlySet<string> = new Set();
  /** The switches that the last view names: the only ones that the page can have undone. */
  #switches: ReadonlySet<string> = new Set();
  #isReady = false;
  #isDisposed = false;
  /** Answers to earlier questions are dropped. */
  #asked = 0;
  #sentAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(panel: vscode.WebviewPanel, options: UsagePanelOptions, lead: PanelLead | undefined) {
    this.#panel = panel;
    this.#options = options;
    this.#lead = lead;
    const { webview } = panel;
    const dist = vscode.Uri.joinPath(options.extensionUri, 'dist');
    panel.iconPath = vscode.Uri.joinPath(options.extensionUri, 'media', 'icon.png');
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    this.#owned.add(webview.onDidReceiveMessage((message: unknown) => void this.#hear(message)));
    this.#owned.add(
      panel.onDidChangeViewState(() => {
        // A page that was hidden is made anew and asks; one that was not, may have missed something.
        if (panel.visible) this.#sendSoon();
        else this.#isReady = false;
      }),
    );
    this.#owned.add(options.meter.onDidChange(() => this.#sendSoon()));
    this.#owned.add(options.meter.onDidFail(error => this.#post({ type: 'failed', reason: sentenceOf(error) })));
    webview.html = pageHtml(webview, dist);
  }

  reveal(lead: PanelLead | undefined): void {
    this.#panel.reveal();
    if (!lead) return;
    if (this.#request) this.#request = led(this.#request, lead);
    else this.#lead = lead;
    void this.#send();
  }

  refresh(): void {
    if (this.#isReady && this.#panel.visible) void this.#send();
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#owned.dispose();
    this.#panel.dispose();
  }

  async #hear(untrusted: unknown): Promise<void> {
    const parsed = v.safeParse(fromPanel, untrusted);
    if (!parsed.success) return;
    // `exactOptionalPropertyTypes`: the schema leaves absent fields absent.
    const message = parsed.output as FromPanel;
    switch (message.type) {
      case 'ready':
        this.#isReady = true;
        this.#heard = 0;
        this.#request ??= led(message.request ?? firstRequest, this.#lead);
        this.#lead = undefined;
        return this.#send();
      case 'show':
        this.#request = message.request;
        this.#heard = message.ask;
        return this.#send();
      case 'openSetting':
        await vscode.commands.executeCommand('workbench.action.openSettings', `aiSpendMeter.${message.setting}`);
        return;
      case 'openLog':
        if (this.#logs.has(message.log)) await openLog(message.log, message.offset);
        return;
      case 'command':
        if (message.command === 'refresh') return this.#refresh();
        await vscode.commands.executeCommand(commandId(message.command));
        return;
      case 'copyText':
      case 'saveText':
      case 'savePicture':
        return this.#share(message);
      case 'turnRecording':
        await vscode.commands.executeCommand(commandId('moreExact'), message.recording);
        return this.#send();
      case 'undoSwitch':
        if (!this.#switches.has(message.id)) return;
        await vscode.commands.executeCommand(commandId('undoSwitch'), message.id);
        return this.#send();
    }
  }

  /** Loaded when it is wanted: few take anything along. */
  async #share(message: ShareMessage): Promise<void> {
    try {
      const { share } = await import('./share.ts');
      await share(message);
    } catch (error) {
      void vscode.window.showErrorMessage(sentenceOf(error));
    }
  }

  async #refresh(): Promise<void> {
    try {
      await this.#options.meter.refresh();
    } catch (error) {
      this.#post({ type: 'failed', reason: sentenceOf(error) });
      return;
    }
    await this.#send();
  }

  /** Sends what is new now, or as soon as the last sending is long enough ago. */
  #sendSoon(): void {
    if (this.#timer || !this.#isReady || !this.#request || !this.#panel.visible) return;
    const waitMs = Math.max(0, this.#sentAtMs + resendMs[this.#request.tab] - Date.now());
    this.#timer = setTimeout(() => void this.#send(), waitMs);
  }

  async #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isReady || !this.#request) return;
    this.#sentAtMs = Date.now();
    const asked = ++this.#asked;
    const [request, answers] = [this.#request, this.#heard];
    const { meter, contribution, recordings: offers, isSample = false } = this.#options;
    try {
      const [view, recordings] = await Promise.all([
        contribution().then(known => meter.packedPanel(request, known)),
        offers(),
      ]);
      if (asked !== this.#asked) return;
      this.#logs = new Set(view.logs);
      this.#switches = new Set(view.switches);
      this.#post({
        type: 'view',
        packed: view.bytes,
        answers,
        locale: vscode.env.language,
        isSample,
        recordings,
        ...this.#currencyOf(view),
      });
    } catch (error) {
      if (asked === this.#asked) this.#post({ type: 'failed', reason: sentenceOf(error) });
    }
  }

  /** What a view shows is converted at one rate, that of its last day: so its parts still sum to its totals. */
  #currencyOf({ fromDay, toDay, today }: PackedView): Pick<ViewMessage, 'currency'> {
    const currency = this.#options.currency();
    const last = toDay < today ? toDay : today;
    const shown = currencyOn(currency, last);
    return currency && shown ? { currency: { ...shown, hasOneRate: hasOneRate(currency, fromDay, last) } } : {};
  }

  #post(message: ToPanel): void {
    // A page that is not there any more asks again when it is back.
    if (!this.#isDisposed) void this.#panel.webview.postMessage(message);
  }
}

/** Leads away from a session, and from a list of them, too. */
function led(request: PanelRequest, lead: PanelLead | undefined): PanelRequest {
  return lead ? { ...withoutSessions(request), ...lead } : request;
}

function withoutSessions({ session: _, sessions: __, ...request }: PanelRequest): PanelRequest {
  return request;
}

function pageHtml(webview: vscode.Webview, dist: vscode.Uri): string {
  // What a host may say is not markup.
  const locale = vscode.env.language.replace(/[^\w-]/g, '');
  const nonce = randomBytes(18).toString('base64');
  const uriOf = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(dist, name)).toString();
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
    // A picture of a chart is drawn from the chart's own text.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en" data-locale="${locale}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AI Spend</title>
<link rel="stylesheet" href="${uriOf('panel.css')}">
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${uriOf('panel.js')}"></script>
</body>
</html>`;
}

/** Opens a log where a record begins. Records are found by byte; editors count lines. */
async function openLog(path: string, offset: number): Promise<void> {
  const isText = /\.(jsonl?|log|txt)$/i.test(path);
  const line = isText ? await lineAt(path, offset) : 0;
  const at = new vscode.Range(line, 0, line, 0);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path), { preview: true, selection: at });
}

/** @returns the line that a byte is on, counted from 0; 0 if the log is gone, which the editor then says */
async function lineAt(path: string, offset: number): Promise<number> {
  if (offset <= 0) return 0;
  let lines = 0;
  try {
    for await (const chunk of createReadStream(path, { end: offset - 1 })) {
      // Streams without an encoding give buffers.
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
    }
  } catch {
    return 0;
  }
  return lines;
}

const name = v.pipe(v.string(), v.maxLength(4096));
const day = v.pipe(v.string(), v.check(isDay));
const filterValue = v.optional(v.nullable(name));
const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const span = v.object({ fromMs: wholeNumber, toMs: wholeNumber });
const page = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000));
const outcome = v.variant('kind', [
  v.object({ kind: v.literal('attributed') }),
  v.object({ kind: v.literal('unattributed'), reason: v.optional(v.picklist(unattributedReasons)) }),
  v.object({ kind: v.literal('commit'), root: name, hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)) }),
  v.object({ kind: v.literal('branch'), root: name, id: name }),
]);
const request = v.object({
  // Absent in what earlier versions have kept.
  tab: v.optional(v.picklist(panelTabs), firstRequest.tab),
  range: v.variant('kind', [
    v.object({ kind: v.picklist(namedRanges) }),
    v.object({ kind: v.literal('custom'), fromDay: day, toDay: day }),
  ]),
  stackBy: v.picklist(panelDimensions),
  filter: v.object({
    model: filterValue,
    assistant: filterValue,
    project: filterValue,
    provider: filterValue,
    billing: filterValue,
  }),
  session: v.optional(
    v.object({
      assistant: name,
      session: name,
      order: v.picklist(callOrders),
      page,
      zoom: v.optional(span),
      callMs: v.optional(wholeNumber),
    }),
  ),
  sessions: v.optional(
    v.object({
      between: v.optional(span),
      weekHour: v.optional(
        v.object({
          weekday: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7)),
          hour: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23)),
        }),
      ),
      outcome: v.optional(outcome),
      order: v.picklist(sessionsOrders),
      page,
    }),
  ),
  allRows: v.optional(v.pipe(v.array(v.picklist(longTables)), v.maxLength(longTables.length))),
  why: v.optional(
    v.object({ dimension: v.picklist(changeDimensions), key: v.nullable(name), measure: v.picklist(measures) }),
  ),
  whatIf: v.optional(v.pipe(v.array(name), v.maxLength(maxPicked))),
  compare: v.optional(
    v.variant('by', [
      v.object({
        by: v.literal('range'),
        with: v.optional(v.object({ fromDay: day, toDay: day })),
        looksCloser: v.optional(v.boolean()),
      }),
      v.object({
        by: v.picklist(comparedDimensions),
        first: filterValue,
        second: filterValue,
        looksCloser: v.optional(v.boolean()),
      }),
    ]),
  ),
});
/** What commands, which anybody can run, may ask for. */
const lead = v.partial(request);

const shared = v.pipe(v.string(), v.maxLength(maxSharedLength));
const fileName = v.pipe(v.string(), v.regex(/^[\p{L}\p{N}-]{1,120}\.(csv|png)$/u));

/** The page is ours, but what runs in a browser is not trusted. */
const fromPanel = v.variant('type', [
  v.object({ type: v.literal('ready'), request: v.optional(request) }),
  v.object({ type: v.literal('show'), request, ask: wholeNumber }),
  v.object({ type: v.literal('openSetting'), setting: v.picklist(panelSettings) }),
  v.object({ type: v.literal('openLog'), log: name, offset: wholeNumber }),
  v.object({ type: v.literal('command'), command: v.picklist(panelCommands) }),
  v.object({ type: v.literal('turnRecording'), recording: v.picklist(recordingIds) }),
  v.object({ type: v.literal('undoSwitch'), id: name }),
  v.object({ type: v.literal('copyText'), text: shared }),
  v.object({ type: v.literal('saveText'), name: fileName, text: shared }),
  v.object({ type: v.literal('savePicture'), name: fileName, png: v.pipe(shared, v.base64()) }),
]);
