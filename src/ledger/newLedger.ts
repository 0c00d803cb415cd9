import { closeSync, existsSync, fsync, linkSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Ledger } from './ledger.ts';

/**
 * A ledger that one process fills before it has its place. As nobody else has it yet, nothing is written twice: there is
 * no write-ahead log, and one transaction. A process that is stopped meanwhile leaves no ledger, but a file that the next
 * one takes away.
 */
export class NewLedger {
  readonly ledger: Ledger;
  readonly #file: string;
  #flushed: Promise<void> | undefined;
  #isOpen = true;

  /**
   * @returns undefined if there is a ledger, or something that is left of one
   * @throws {UserError} `ledgerUnusable`, `sqliteMissing`
   */
  static begin(path: string): NewLedger | undefined {
    removeLeftovers(path);
    return ['', '-wal', '-shm', '-journal'].some(end => existsSync(`${path}${end}`)) ? undefined : new NewLedger(path);
  }

  private constructor(path: string) {
    this.#file = `${path}${fillingMark}${String(process.pid)}`;
    this.ledger = new Ledger(path, { filledIn: this.#file });
  }

  /**
   * Ends the filling: what was put into the ledger is kept, and goes to the disk while it is read.
   * @throws as writing does, when the disk is full
   */
  finish(): void {
    this.ledger.finishFilling();
    this.#flushed = flush(this.#file);
    // Who publishes hears of it.
    this.#flushed.catch(() => undefined);
  }

  /**
   * Puts the ledger, which is finished, in its place. If another process has put one there meanwhile, that one counts:
   * it has read the same logs, or will.
   * @throws as writing does, when the disk is full
   */
  async publish(): Promise<void> {
    await this.#flushed;
    this.#isOpen = false;
    this.ledger.close();
    const { path } = this.ledger;
    try {
      linkSync(this.#file, path);
    } catch {
      // Some file systems have no links.
      if (!existsSync(path)) renameSync(this.#file, path);
    }
    rmSync(this.#file, { force: true });
  }

  /** Takes away what was not published. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.ledger.close();
    rmSync(this.#file, { force: true });
  }
}

const fillingMark = '.filling-';

/** A power failure must not leave half a ledger in its place. */
function flush(path: string): Promise<void> {
  const file = openSync(path, 'r+');
  // Asked for at once: what comes next keeps this thread busy.
  return new Promise((resolve, reject) => {
    fsync(file, error => {
      closeSync(file);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Takes away what processes have left that were stopped while they filled a ledger. */
function removeLeftovers(path: string): void {
  const folder = dirname(path);
  const start = `${basename(path)}${fillingMark}`;
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    // SQLite may have put a file of its own beside it.
    const processId = name.startsWith(start) ? Number.parseInt(name.slice(start.length), 10) : NaN;
    if (Number.isNaN(processId) || isRunning(processId)) continue;
    rmSync(join(folder, name), { force: true });
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
