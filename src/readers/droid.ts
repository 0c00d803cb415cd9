import { basename, join } from 'node:path';
import { isNoUsage, noUsage, type Usage } from '../core/call.ts';
import { providerId } from '../core/modelId.ts';
import { lastTimeIn, sessionStartOf } from './droidSession.ts';
import { asCount, asRecord, asText, asTime, recordIn, type Found } from './jsonLines.ts';
import type { Log, Reader } from './reader.ts';
import { wholeFile } from './wholeFile.ts';

/** Factory's Droid, on the command line and in editors. */
export function droidReader(): Reader {
  return {
    id: assistant,
    name: 'Droid',
    coverage: { level: 'perTurn', lost: 'A session has one sum, under the model that it used last.' },
    folders: ({ home, env }) => [join(asText(env['FACTORY_HOME_OVERRIDE']) ?? home, '.factory', 'sessions')],
    isLog: path => path.endsWith(ending) && basename(path) !== ending,
    open: log => wholeFile({ log, assistant, parse: readSettings }),
  };
}

const assistant = 'droid';

/** A session has its conversation in `<id>.jsonl` and its sums in `<id>.settings.json`. */
const ending = '.settings.json';

function readSettings(text: string, found: Found, log: Log): void {
  const settings = recordIn(text);
  if (!settings) {
    found.problem('malformed');
    return;
  }
  if (settings['tokenUsage'] === undefined) return;
  const used = asRecord(settings['tokenUsage']);
  const usage = used && usageOf(used);
  if (!usage) {
    found.problem('malformed');
    return;
  }
  if (isNoUsage(usage)) return;

  const conversation = `${log.path.slice(0, -ending.length)}.jsonl`;
  const start = sessionStartOf(conversation);
  const model = asText(settings['model']);
  const isOwnModel = model?.startsWith('custom:') ?? false;
  // A fork has a copy of the time at which its original began.
  const beganMs = start.isFork ? undefined : asTime(asText(settings['providerLockTimestamp']));
  // Credits are computed for models of the user's own too, although they cost none.
  const credits = isOwnModel ? undefined : nanoCreditsOf(used['factoryCredits']);
  found.call({
    key: start.counter,
    atMs: beganMs ?? lastTimeIn(conversation) ?? Math.round(log.modifiedMs),
    sessionId: start.callingSession ?? start.counter,
    project: start.project,
    model: model?.replace(/^custom:(.+)-\d+$/, '$1'),
    provider: isOwnModel ? undefined : providerOf(settings['providerLock']),
    usage,
    speed: 'standard',
    geo: undefined,
    billing: isOwnModel ? 'unknown' : 'covered',
    isSubagent: start.callingSession !== undefined,
    isCopy: false,
    entrypoint: undefined,
    work: 0,
    offset: 0,
    precision: 'turn',
    ...(credits === undefined ? {} : { recordedNanoCredits: credits }),
  });
}

/** Droid counts what the cache read and wrote beside the input, and thinking inside the output. */
function usageOf(used: Readonly<Record<string, unknown>>): Usage | undefined {
  const inputTokens = asCount(used['inputTokens']);
  const outputTokens = asCount(used['outputTokens']);
  const cacheReadTokens = asCount(used['cacheReadTokens']);
  const cacheWrite5mTokens = asCount(used['cacheCreationTokens']);
  const thinkingTokens = asCount(used['thinkingTokens']);
  return inputTokens === undefined ||
    outputTokens === undefined ||
    cacheReadTokens === undefined ||
    cacheWrite5mTokens === undefined ||
    thinkingTokens === undefined
    ? undefined
    : {
        ...noUsage,
        inputTokens,
        outputTokens,
        cacheReadTokens,
        cacheWrite5mTokens,
        reasoningTokens: Math.min(thinkingTokens, outputTokens),
      };
}

/** The company behind a model that Factory serves; other values name a way to ask, not a company. */
function providerOf(lock: unknown): string | undefined {
  const name = asText(lock);
  return name === undefined || name === 'generic-chat-completion-api' || name === 'factory'
    ? undefined
    : providerId(name);
}

/** @returns undefined if there is no sensible number, or one whose billionths cannot be counted exactly */
function nanoCreditsOf(credits: unknown): number | undefined {
  if (typeof credits !== 'number') return undefined;
  const nano = Math.round(credits * 1e9);
  return nano >= 0 && Number.isSafeInteger(nano) ? nano : undefined;
}
