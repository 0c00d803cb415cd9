/** How long a message has the word. Two of ours in 0.8 s leave room for one of somebody else. */
const spacingMs = 500;

export interface ToastsOptions {
  /** A clock that is never set back, in milliseconds. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/**
 * Shows messages one after another. Of more than three that come within 0.8 s, progress among them, VS Code shows only
 * the first three as toasts: the others go behind the bell unseen (`SPAM_PROTECTION` in its `notificationsToasts.ts`).
 */
export class Toasts {
  readonly #options: ToastsOptions;
  #nextAtMs = -Infinity;

  constructor(options: ToastsOptions) {
    this.#options = options;
  }

  /**
   * Shows a message, at once if none has come just before.
   * @param show begins to show it; resolves when it is answered
   */
  async show<T>(show: () => PromiseLike<T>): Promise<T> {
    const { now, wait } = this.#options;
    const nowMs = now();
    const atMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = atMs + spacingMs;
    if (atMs > nowMs) await wait(atMs - nowMs);
    return show();
  }
}
