import { Worker } from 'node:worker_threads';
import { dataFolder } from '../core/dataFolder.ts';
import { reasonOf, UserError } from '../core/errors.ts';
import { Emitter } from '../core/events.ts';
import type { Meter, MeterSettings } from '../core/meterApi.ts';
import type { MeterSnapshot } from '../core/snapshot.ts';
import { ledgerPath } from '../ledger/ledgerPath.ts';
import type { FromWorker, ToWorker, WorkerMethod, WorkerStart } from './workerMessages.ts';

export interface WorkerMeterOptions {
  /** The program of the worker thread. */
  readonly workerPath: string;
  /** The program of the thread that reads along. */
  readonly secondReaderPath: string | undefined;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly editorUserFolder?: string;
  /** The folders that are open in the editor. */
  readonly projects?: readonly string[];
  /** Asked for when the thread is started. */
  readonly settings: () => MeterSettings;
}

/** A thread that lived this long died of something new; it may be started again. */
const livedMs = 60_000;

interface Question {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The meter in a worker thread of its own, so that reading, SQL and pricing never hold up this one. A thread that dies
 * is started again once; if it dies again soon, the meter fails.
 */
export function startWorkerMeter(options: WorkerMeterOptions): Meter {
  return new WorkerMeter(options);
}

class WorkerMeter implements Meter {
  readonly #options: WorkerMeterOptions;
  readonly #changed = new Emitter<MeterSnapshot>();
  readonly #failed = new Emitter<Error>();
  readonly #questions = new Map<number, Question>();
  #settings: MeterSettings | undefined;
  #projects: readonly string[];
  #worker: Worker | undefined;
  /** Asked before the thread was started. */
  #early: ToWorker[] = [];
  #hasStarted = false;
  #startedMs = 0;
  #restarts = 0;
  #lastId = 0;
  #latest: MeterSnapshot | undefined;
  #failure: Error | undefined;
  #isDisposed = false;

  constructor(options: WorkerMeterOptions) {
    this.#options = options;
    this.#projects = options.projects ?? [];
    // Starting a thread takes some milliseconds of this one, which the editor's start can do without.
    setImmediate(() => {
      if (!this.#isDisposed) this.#start();
    });
  }

  readonly onDidChange: Meter['onDidChange'] = listener => {
    if (this.#latest) listener(this.#latest);
    return this.#changed.event(listener);
  };

  readonly onDidFail: Meter['onDidFail'] = listener => {
    if (this.#failure) listener(this.#failure);
    return this.#failed.event(listener);
  };

  configure: Meter['configure'] = async settings => {
    this.#settings = settings;
    await this.#ask('configure', settings);
  };
  readonly refresh = this.#asking('refresh');
  readonly panel = this.#asking('panel');
  readonly packedPanel = this.#asking('packedPanel');
  readonly advice = this.#asking('advice');
  readonly survival = this.#asking('survival');
  readonly lookBack = this.#asking('lookBack');
  readonly switchRecords = this.#asking('switchRecords');
  readonly switchHealth = this.#asking('switchHealth');
  readonly moments = this.#asking('moments');
  readonly doctor = this.#asking('doctor');
  readonly problemReport = this.#asking('problemReport');
  openProjects: Meter['openProjects'] = async projects => {
    this.#projects = projects;
    await this.#ask('openProjects', projects);
  };
  readonly claimAlert = this.#asking('claimAlert');
  readonly spends = this.#asking('spends');
  readonly explain = this.#asking('explain');
  readonly claimShowing = this.#asking('claimShowing');
  readonly occasions = this.#asking('occasions');
  readonly decide = this.#asking('decide');
  readonly decision = this.#asking('decision');
  readonly firstCallSince = this.#asking('firstCallSince');
  readonly monthlyReport = this.#asking('monthlyReport');

  dispose(): void {
    this.#isDisposed = true;
    void this.#worker?.terminate();
    this.#refuseAll(new Error('the meter was stopped'));
    this.#changed.dispose();
    this.#failed.dispose();
  }

  #start(): void {
    const { workerPath, secondReaderPath, home, env, platform, editorUserFolder } = this.#options;
    const start: WorkerStart = {
      ledgerPath: ledgerPath(dataFolder({ home, env, platform })),
      home,
      env: { ...env },
      platform,
      editorUserFolder,
      projects: this.#projects,
      settings: (this.#settings ??= this.#options.settings()),
      secondReaderPath,
    };
    this.#startedMs = Date.now();
    this.#hasStarted = true;
    const worker = new Worker(workerPath, { workerData: start });
    this.#worker = worker;
    for (const question of this.#early.splice(0)) worker.postMessage(question);
    let reason = 'it ended by itself';
    worker.on('message', (message: FromWorker) => {
      this.#hear(message);
    });
    worker.on('error', error => {
      reason = reasonOf(error);
    });
    worker.on('exit', () => {
      if (this.#worker === worker) this.#died(reason);
    });
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'snapshot':
        this.#latest = message.snapshot;
        this.#changed.fire(message.snapshot);
        return;
      case 'answer':
        this.#take(message.id)?.resolve(message.value);
        return;
      case 'refusal':
        this.#take(message.id)?.reject(errorOf(message));
        return;
      case 'failure':
        this.#fail(errorOf(message));
        return;
    }
  }

  #died(reason: string): void {
    if (this.#isDisposed || this.#failure) return;
    this.#worker = undefined;
    const error = new UserError({ kind: 'workerDied', reason });
    this.#refuseAll(error);
    if (Date.now() - this.#startedMs > livedMs) this.#restarts = 0;
    if (this.#restarts++ < 1) this.#start();
    else this.#fail(error);
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#refuseAll(error);
    void this.#worker?.terminate();
    this.#failed.fire(error);
  }

  #asking<M extends WorkerMethod>(method: M): Meter[M] {
    const ask = (...args: readonly unknown[]): Promise<unknown> => this.#ask(method, ...args);
    // The worker answers each method with what the meter's interface says.
    return ask as Meter[M];
  }

  #ask(method: WorkerMethod, ...args: readonly unknown[]): Promise<unknown> {
    const worker = this.#worker;
    if (this.#failure || this.#isDisposed || (this.#hasStarted && !worker)) {
      return Promise.reject(this.#failure ?? new UserError({ kind: 'workerDied', reason: 'it is not running' }));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject });
      const question: ToWorker = { id, method, args };
      if (worker) worker.postMessage(question);
      else this.#early.push(question);
    });
  }

  #take(id: number): Question | undefined {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    return question;
  }

  #refuseAll(error: Error): void {
    const questions = [...this.#questions.values()];
    this.#questions.clear();
    for (const { reject } of questions) reject(error);
  }
}

function errorOf(message: Extract<FromWorker, { kind: 'refusal' | 'failure' }>): Error {
  return message.problem ? new UserError(message.problem) : new Error(message.reason);
}
