import { existsSync } from 'node:fs';
import type { ScopedSpend } from '../core/budget.ts';
import type { DoctorReport } from '../core/doctor.ts';
import { reasonOf } from '../core/errors.ts';
import { DisposableStore, type Disposable } from '../core/events.ts';
import type { RiseExplanation } from '../core/explain.ts';
import { isInternalCall } from '../core/flatPrice.ts';
import type { LookBack, LookBackRequest } from '../core/lookBack.ts';
import type { PauseStanding } from '../core/pause.ts';
import type { FirstCall, FirstCallRequest, MeterSettings } from '../core/meterApi.ts';
import type { RaisedOccasion, ShowingRequest } from '../core/interruption.ts';
import type { PackedView, PanelContribution, PanelRequest, PanelView } from '../core/panel.ts';
import type { Month } from '../core/month.ts';
import type { MonthlyReport } from '../core/monthlyReport.ts';
import { calendarOf, type Calendar, type Range } from '../core/period.ts';
import type { PriceBook } from '../core/priceBook.ts';
import type { LookedAtFolder, MeterSnapshot, ReadingState, SourcesState } from '../core/snapshot.ts';
import { isWithin } from '../core/project.ts';
import type { SurvivalAnswer, SurvivalRequest } from '../core/quality.ts';
import type { SwitchAdvice, SwitchAdviceRequest } from '../core/switchAdvisor.ts';
import type { HealthRequest, SwitchHealth } from '../core/switchHealth.ts';
import { suggestionKeys, type MomentRequest, type MomentsNow } from '../core/switchMoment.ts';
import type { SwitchRecord } from '../core/switchRecord.ts';
import type { Watch } from '../core/watch.ts';
import type { CostOf, Pricing } from '../ledger/callRows.ts';
import type { Ledger, StoredCall } from '../ledger/ledger.ts';
import { foldersOf, type Reader, type ReaderEnvironment } from '../readers/reader.ts';
import { doctorReport, type DoctorOptions } from './doctor.ts';
import { Ingest, type AllLogs } from './ingest.ts';
import { LogWatcher, type ChangedLog } from './logWatcher.ts';
import { Monitor } from './monitor.ts';
import { monthlyReport } from './monthlyQueries.ts';
import { GitOutcomes } from './outcomes.ts';
import { outcomesAsked, survivalFrom } from './outcomesQueries.ts';
import { packedView } from './packedView.ts';
import { panelView } from './panelQueries.ts';
import { PauseFile, type PauseSettings } from './pauseFile.ts';
import { problemReport } from './problemReport.ts';
import { hasFlatPrice, priceBookFor, settingsKey } from './settings.ts';
import { scopedSpends } from './scopedSpends.ts';
import { snapshotOf } from './snapshot.ts';
import { adviceFrom, lookBackFrom } from './switchEvidence.ts';
import { healthFrom, momentsFrom, switchRecordsIn } from './switchMoments.ts';

export interface MeterOptions {
  readonly ledger: Ledger;
  readonly readers: readonly Reader[];
  readonly environment: ReaderEnvironment;
  readonly settings: MeterSettings;
  readonly secondReaderPath: string | undefined;
  /** The folder of everything that the extension keeps for this user; absent: assistants are never paused. */
  readonly dataFolder?: string;
  readonly now: () => number;
  readonly onSnapshot: (snapshot: MeterSnapshot) => void;
}

/** Changes that come close together are shown together. */
const publishMs = 10;
/** Without news the pace and the day still change. */
const idlePublishMs = 30_000;
/** How often to ask whether another window has written. */
const versionMs = 1_000;
/** How often a flat price is spread anew over what was used. */
const volumeMs = 3_600_000;
/** How long the first numbers are ahead of what the monitor sees. */
const firstLookMs = 100;
/** How long a failed reading waits for the next try. */
const retryMs = 5_000;

/** Keeps the ledger true while it runs, and answers what the editor asks. Lives in the worker thread. */
export class LocalMeter implements Disposable {
  readonly #options: MeterOptions;
  readonly #owned = new DisposableStore();
  readonly #abort = new AbortController();
  #settings: MeterSettings;
  #calendar: Calendar;
  #prices: PriceBook;
  /** The folders that are open in the editor. */
  #projects: readonly string[];
  #environment: ReaderEnvironment;
  #ingest: Ingest;
  #watcher: LogWatcher | undefined;
  #reading: ReadingState = { state: 'indexing', readBytes: 0, totalBytes: 0 };
  #found: AllLogs['found'] = [];
  /** Undefined until they are asked for, and whenever all logs were looked for anew. */
  #folders: LookedAtFolder[] | undefined;
  #problems = 0;
  readonly #monitor: Monitor;
  readonly #outcomes: GitOutcomes;
  readonly #pauseFile: PauseFile | undefined;
  #pauseSettings: PauseSettings;
  #pause: PauseStanding | undefined;
  #watching: NodeJS.Timeout | undefined;
  /** Whether numbers were shown since all logs are read. */
  #hasShown = false;
  #checkedAtMs = 0;
  #version: number;
  #publishing: NodeJS.Timeout | undefined;
  /** The look at all logs that is under way. */
  #look: Promise<void> | undefined;
  #looksAgain = false;

  constructor(options: MeterOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#calendar = calendarFor(options.settings);
    this.#monitor = new Monitor(options, { calendar: this.#calendar, budgets: options.settings.budgets });
    const { dataFolder, environment } = options;
    this.#pauseFile =
      dataFolder === undefined
        ? undefined
        : new PauseFile({ ...options, dataFolder, editor: environment.editorUserFolder });
    this.#pauseSettings = pauseSettingsOf(options.settings, this.#calendar);
    this.#outcomes = this.#owned.add(
      new GitOutcomes({ ...options, env: options.environment.env, onChange: () => this.#publishSoon() }),
    );
    this.#prices = this.#priceBook();
    this.#projects = options.environment.projects ?? [];
    this.#environment = this.#environmentFor(options.settings);
    this.#ingest = this.#newIngest();
    this.#version = options.ledger.version();
    this.#owned.add(every(idlePublishMs, () => this.#publishSoon()));
    this.#owned.add(every(versionMs, () => this.#noticeOthers()));
    this.#owned.add(every(volumeMs, () => this.#noticeVolume()));
  }

  /** Reads all logs, then follows them. */
  async start(): Promise<void> {
    this.#noteInstallation();
    this.#keepSettings();
    this.#options.ledger.reprice(this.#pricing);
    this.#watcher = this.#owned.add(this.#newWatcher());
    await this.refresh();
  }

  /** Looks at all logs. Asked for twice at once it looks once, and once more if a look was already under way. */
  async refresh(): Promise<void> {
    this.#looksAgain = this.#look !== undefined;
    this.#look ??= this.#lookWhileAsked();
    return this.#look;
  }

  async #lookWhileAsked(): Promise<void> {
    do {
      this.#looksAgain = false;
      await this.#lookAtAll();
    } while (this.#isAskedAgain());
    this.#look = undefined;
  }

  /** Whether someone asked for a look while one was under way. */
  #isAskedAgain(): boolean {
    return this.#looksAgain && !this.#abort.signal.aborted;
  }

  async configure(settings: MeterSettings): Promise<void> {
    const foldersBefore = JSON.stringify(this.#settings.extraFolders);
    this.#calendar = calendarFor(settings);
    this.#settings = settings;
    this.#monitor.configure({ calendar: this.#calendar, budgets: settings.budgets });
    this.#pauseSettings = pauseSettingsOf(settings, this.#calendar);
    this.#prices = this.#priceBook();
    this.#keepSettings();
    this.#options.ledger.reprice(this.#pricing);
    if (JSON.stringify(settings.extraFolders) !== foldersBefore) await this.#lookElsewhere();
    this.#publish();
  }

  snapshot(): MeterSnapshot {
    const watch = this.#watch();
    // First of all: a crossing has to stop the next request.
    this.#pause = watch && this.#pauseFile?.keep(watch, this.#monitor.lookedAtMs, this.#pauseSettings);
    return snapshotOf({
      ledger: this.#options.ledger,
      calendar: this.#calendar,
      nowMs: this.#options.now(),
      reading: this.#reading,
      sources: this.#sources(),
      nameOf: this.#nameOf,
      watch,
      pause: this.#pause,
      internalModels: this.#settings.internalModels,
    });
  }

  panel(request: PanelRequest, contribution: PanelContribution): PanelView | Promise<PanelView> {
    const { tab, session, sessions } = request;
    const asksGit = sessions ? sessions.outcome !== undefined : tab === 'outcomes';
    if (session || !asksGit) return this.#panelNow(request, contribution);
    const range = { nowMs: this.#options.now(), calendar: this.#calendar, extent: this.#options.ledger.extent() };
    return this.#outcomes.prepare(outcomesAsked({ request }, range)).then(() => this.#panelNow(request, contribution));
  }

  async packedPanel(request: PanelRequest, contribution: PanelContribution): Promise<PackedView> {
    return packedView(await this.panel(request, contribution));
  }

  #panelNow(request: PanelRequest, contribution: PanelContribution): PanelView {
    return panelView(this.#options.ledger, request, {
      nowMs: this.#options.now(),
      calendar: this.#calendar,
      reading: this.#reading,
      checkedAtMs: this.#checkedAtMs,
      folders: this.#sources().folders,
      prices: this.#prices,
      watch: () => this.#watch(),
      canPause: () => this.#pause?.isInstalled,
      records: () => this.switchRecords(),
      lookBack: asked => this.lookBack(asked),
      health: asked => this.switchHealth(asked),
      outcomes: asked => this.#outcomes.known(asked),
      contribution,
    });
  }

  advice(request: SwitchAdviceRequest): SwitchAdvice {
    return adviceFrom(this.#options.ledger, request);
  }

  async survival(request: SurvivalRequest): Promise<SurvivalAnswer> {
    return survivalFrom(this.#outcomes, request);
  }

  switchRecords(): readonly SwitchRecord[] {
    return switchRecordsIn(this.#options.ledger);
  }

  switchHealth(request: HealthRequest): SwitchHealth {
    return healthFrom(this.#options.ledger, request);
  }

  moments(request: MomentRequest): MomentsNow {
    return momentsFrom(this.#options.ledger, request);
  }

  lookBack(request: LookBackRequest): LookBack {
    return lookBackFrom(this.#options.ledger, request, call => this.#prices.costOf(call));
  }

  doctor(): DoctorReport {
    return doctorReport(this.#doctorOptions());
  }

  problemReport(): DoctorReport {
    return problemReport(this.#doctorOptions());
  }

  #doctorOptions(): DoctorOptions {
    const { ledger, readers } = this.#options;
    return { ledger, readers, environment: this.#environment };
  }

  async openProjects(projects: readonly string[]): Promise<void> {
    this.#projects = projects;
    await this.#lookElsewhere();
    this.#publish();
  }

  claimAlert(key: string): boolean {
    return this.#options.ledger.claimAlert(key, this.#options.now());
  }

  spends(range: Range): readonly ScopedSpend[] {
    return scopedSpends(this.#options.ledger, range);
  }

  explain(range: Range): RiseExplanation {
    return this.#monitor.explain(range);
  }

  monthlyReport(month: Month): MonthlyReport {
    return monthlyReport(this.#options.ledger, month, {
      nowMs: this.#options.now(),
      calendar: this.#calendar,
      budgets: this.#settings.budgets,
      readers: this.#options.readers,
      records: this.switchRecords(),
      lookBack: request => this.lookBack(request),
    });
  }

  claimShowing(request: ShowingRequest): boolean {
    return this.#options.ledger.occasions.claimShowing(request, this.#options.now());
  }

  occasions(limit: number): readonly RaisedOccasion[] {
    return this.#options.ledger.occasions.history(limit);
  }

  decide(key: string, value: string | undefined): void {
    this.#options.ledger.decide(key, value, this.#options.now());
  }

  decision(key: string): { readonly value: string; readonly atMs: number } | undefined {
    return this.#options.ledger.decision(key);
  }

  firstCallSince(request: FirstCallRequest): FirstCall | undefined {
    const { assistant, sinceMs, project } = request;
    const query = {
      range: { fromMs: sinceMs, toMs: Number.MAX_SAFE_INTEGER },
      filter: { assistant },
      orderBy: 'oldest',
      limit: 100,
    } as const;
    const isAskedFor = (call: StoredCall): boolean =>
      !call.isUnlisted && (project === undefined || (call.project !== undefined && isWithin(project, call.project)));
    let call: StoredCall | undefined;
    let page: StoredCall[];
    let skip = 0;
    do {
      page = this.#options.ledger.calls({ ...query, skip });
      call = page.find(isAskedFor);
      skip += page.length;
    } while (!call && page.length > 0);
    return (
      call && {
        atMs: call.atMs,
        model: call.model,
        isInternal: isInternalCall(call, this.#settings.internalModels),
        project: call.project,
      }
    );
  }

  dispose(): void {
    this.#abort.abort();
    clearTimeout(this.#publishing);
    clearTimeout(this.#watching);
    this.#owned.dispose();
  }

  /** Who ran an earlier version has it since the settings were kept last, at the latest. */
  #noteInstallation(): void {
    const { ledger, now } = this.#options;
    if (ledger.decision(suggestionKeys.installed)) return;
    ledger.decide(suggestionKeys.installed, 'yes', ledger.decision(settingsKey)?.atMs ?? now());
  }

  /** Keeps the settings for the command line, which has none of its own. */
  #keepSettings(): void {
    const { ledger, now } = this.#options;
    const text = JSON.stringify(this.#settings);
    const kept = ledger.decision(settingsKey)?.value;
    if (kept === text) return;
    ledger.decide(settingsKey, text, now());
  }

  readonly #costOf: CostOf = (call, options) => this.#prices.costOf(call, options);
  readonly #pricing: Pricing = { costOf: this.#costOf, knows: call => this.#prices.knows(call) };

  readonly #nameOf = (assistant: string): string =>
    this.#options.readers.find(reader => reader.id === assistant)?.name ?? assistant;

  async #lookAtAll(): Promise<void> {
    try {
      const all = await this.#ingest.readAll(this.#abort.signal);
      if (this.#abort.signal.aborted) return;
      this.#found = all.found;
      this.#folders = undefined;
      this.#reading = { state: 'ready' };
      this.#noteReading();
      this.#watcher?.follow(all.found);
      this.#publish();
    } catch (error) {
      this.#failed(error);
    }
  }

  #readChanged(logs: readonly ChangedLog[]): void {
    // While everything is being read, what has just changed is among it, or is looked at right after.
    if (this.#look) {
      this.#looksAgain = true;
      return;
    }
    try {
      const changed = this.#ingest.readLogs(logs);
      this.#noteReading();
      if (this.#reading.state !== 'ready') this.#reading = { state: 'ready' };
      if (changed > 0) this.#publishSoon();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The ledger cannot be written, as when the disk is full: nothing is lost, it is read again later. */
  #failed(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#reading = { state: 'failed', reason: reasonOf(error) };
    this.#publish();
    const retry = setTimeout(() => void this.refresh(), retryMs);
    retry.unref();
  }

  #noteReading(): void {
    this.#checkedAtMs = this.#options.now();
    this.#problems = this.#options.ledger.problemCount();
    // What we found read already was read by another window.
    this.#noticeOthers();
  }

  #noticeOthers(): void {
    const version = this.#options.ledger.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#publishSoon();
  }

  #noticeVolume(): void {
    if (!this.#settings.internalModels.some(hasFlatPrice)) return;
    this.#prices = this.#priceBook();
    if (this.#options.ledger.reprice(this.#pricing) > 0) this.#publishSoon();
  }

  #publishSoon(): void {
    this.#publishing ??= setTimeout(() => {
      this.#publish();
    }, publishMs);
  }

  #publish(): void {
    clearTimeout(this.#publishing);
    this.#publishing = undefined;
    if (this.#abort.signal.aborted) return;
    this.#options.onSnapshot(this.snapshot());
  }

  /**
   * The monitor looks less often than calls come: what it misses now, it sees a moment later. Its first look learns what
   * is usual, which takes a while: the first numbers do not wait for it.
   */
  #watch(): Watch | undefined {
    if (this.#reading.state !== 'ready') return undefined;
    const dueInMs = this.#hasShown ? this.#monitor.dueInMs : firstLookMs;
    this.#hasShown = true;
    if (dueInMs === 0) return this.#monitor.watch();
    this.#watching ??= setTimeout(() => {
      this.#watching = undefined;
      this.#publish();
    }, dueInMs);
    this.#watching.unref();
    return this.#monitor.latest;
  }

  /** Assistants have many places where their logs may be; what is not there is only worth a line each. */
  #lookedAtFolders(): LookedAtFolder[] {
    return this.#options.readers.flatMap(reader => {
      const paths = foldersOf(reader, this.#environment);
      const files = this.#found.find(({ reader: { id } }) => id === reader.id)?.found.files ?? [];
      const existing = [...paths.filter(path => existsSync(path)), ...files];
      return (existing.length > 0 ? existing : paths.slice(0, 1)).map(path => ({
        assistant: reader.id,
        assistantName: reader.name,
        coverage: reader.coverage,
        path,
        exists: existing.length > 0,
      }));
    });
  }

  #sources(): Omit<SourcesState, 'completeSinceMs'> {
    return {
      logs: this.#found.reduce((sum, { found }) => sum + found.logs.length, 0),
      folders: (this.#folders ??= this.#lookedAtFolders()),
      problems: this.#problems,
      checkedAtMs: this.#checkedAtMs,
    };
  }

  #priceBook(): PriceBook {
    const { ledger, environment, now } = this.#options;
    return priceBookFor({ settings: this.#settings, platform: environment.platform, ledger, nowMs: now() });
  }

  #environmentFor(settings: MeterSettings): ReaderEnvironment {
    return { ...this.#options.environment, extraFolders: settings.extraFolders, projects: this.#projects };
  }

  /** Looks at all logs where they may be now. */
  async #lookElsewhere(): Promise<void> {
    this.#environment = this.#environmentFor(this.#settings);
    this.#ingest = this.#newIngest();
    this.#watcher?.dispose();
    this.#watcher = this.#owned.add(this.#newWatcher());
    await this.refresh();
  }

  #newIngest(): Ingest {
    const { ledger, readers, secondReaderPath } = this.#options;
    return new Ingest({
      ledger,
      readers,
      environment: this.#environment,
      costOf: this.#costOf,
      billingOf: assistant => this.#settings.billing[assistant],
      secondReader: secondReaderPath === undefined ? undefined : { path: secondReaderPath },
      onProgress: (readBytes, totalBytes) => {
        this.#reading = { state: 'indexing', readBytes, totalBytes };
        this.#publishProgress();
      },
    });
  }

  #lastProgressMs = 0;

  #publishProgress(): void {
    const now = this.#options.now();
    if (now - this.#lastProgressMs < 200) return;
    this.#lastProgressMs = now;
    this.#publish();
  }

  #newWatcher(): LogWatcher {
    return new LogWatcher({
      environment: this.#environment,
      onLogs: logs => {
        this.#readChanged(logs);
      },
      onFolders: () => void this.refresh(),
    });
  }
}

function pauseSettingsOf(
  { budgets, internalModels, internalAddresses }: MeterSettings,
  calendar: Calendar,
): PauseSettings {
  return {
    budgets,
    timeZone: calendar.timeZone,
    internalModel: internalModels[0]?.displayName,
    freeAddresses: internalAddresses ?? [],
  };
}

function calendarFor(settings: MeterSettings): Calendar {
  return calendarOf(settings.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone);
}

function every(ms: number, action: () => void): Disposable {
  const timer = setInterval(action, ms);
  timer.unref();
  return {
    dispose: () => {
      clearInterval(timer);
    },
  };
}
