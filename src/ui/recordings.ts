import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RecordingId, RecordingOffer } from '../core/recording.ts';
import type { Undo } from '../switching/settingsFile.ts';
import { claudeCodeRetention, geminiCliRetention, isThere, keptDays, type Memory } from './retention.ts';

export interface RecordingsOptions {
  /** Remembers how a change is taken back. */
  readonly memory: vscode.Memento;
  /** The user's own folder. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** Something that an assistant records only when it is asked to, or only for a while. */
export interface Recording {
  readonly id: RecordingId;
  readonly assistant: string;
  readonly label: string;
  /** What is better then. */
  readonly gain: string;
  /** What it writes, and where; what else there is to know before it is turned on. */
  readonly writes: string;
  /**
   * Undefined if there is nothing to offer: the assistant is not there, or does it anyway.
   * @throws {UserError} `configUnreadable`
   */
  isOn(): Promise<boolean | undefined>;
  turn(on: boolean): Promise<void>;
  /** What has to happen before it takes effect. */
  readonly takesEffect: 'reload' | 'nextStart';
}

/** A recording that can be offered now. */
export interface OfferedRecording {
  readonly recording: Recording;
  readonly isOn: boolean;
}

/** What can be turned on or off here, in the order of how much it makes better. */
export async function offeredRecordings(options: RecordingsOptions): Promise<readonly OfferedRecording[]> {
  const recordings = [copilotTraces(options), cursorTurns(options), claudeTranscripts(options), geminiChats(options)];
  const states = await Promise.all(recordings.map(stateOf));
  return recordings.flatMap((recording, index) => {
    const isOn = states[index];
    return isOn === undefined ? [] : [{ recording, isOn }];
  });
}

/** The same, as plain data to show. */
export async function recordingOffers(options: RecordingsOptions): Promise<readonly RecordingOffer[]> {
  const offered = await offeredRecordings(options);
  return offered.map(({ recording: { id, assistant, label, gain }, isOn }) => ({ id, assistant, label, gain, isOn }));
}

async function stateOf(recording: Recording): Promise<boolean | undefined> {
  try {
    return await recording.isOn();
  } catch {
    return false; // Its settings cannot be understood: turning it on says so.
  }
}

const copilotSection = 'github.copilot.chat.otel';
const copilotSetting = 'dbSpanExporter.enabled';

function copilotTraces({ memory }: RecordingsOptions): Recording {
  const { t } = vscode.l10n;
  const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration(copilotSection);
  const before = memoryOf<boolean>(memory, 'copilotTraces');
  return {
    id: 'copilotTraces',
    assistant: 'copilot-chat',
    label: t('Every call of GitHub Copilot Chat'),
    gain: t('With cached tokens, subagents and titles, instead of a lower bound'),
    writes: t(
      'Copilot Chat then keeps a database of its traces, agent-traces.db, in its own storage on this machine: the tokens of every call, but also prompts and answers, for seven days. The meter reads the tokens only. It sets {0}.',
      `${copilotSection}.${copilotSetting}`,
    ),
    isOn() {
      const { defaultValue } = configuration().inspect<boolean>(copilotSetting) ?? {};
      // This editor's Copilot Chat has no such setting, or there is none.
      if (defaultValue === undefined) return Promise.resolve(undefined);
      return Promise.resolve(configuration().get(copilotSetting) === true);
    },
    async turn(on) {
      const { globalValue } = configuration().inspect<boolean>(copilotSetting) ?? {};
      if (on) await before.keep(globalValue);
      await configuration().update(copilotSetting, on || before.value, vscode.ConfigurationTarget.Global);
      if (!on) await before.keep(undefined);
    },
    takesEffect: 'reload',
  };
}

function cursorTurns({ memory, home, platform }: RecordingsOptions): Recording {
  const { t } = vscode.l10n;
  const hook = async () => {
    const { createCursorHook } = await import('../switching/cursorHook.ts');
    return createCursorHook({ home, platform, now: Date.now });
  };
  const undo = memoryOf<Undo>(memory, 'cursorTurns');
  const folder = join(home, '.cursor');
  return {
    id: 'cursorTurns',
    assistant: 'cursor',
    label: t('Every turn of Cursor'),
    gain: t('Cursor keeps no counts of tokens on this machine: without this, only exports of the account are counted'),
    writes: t(
      'At the end of each turn, Cursor then runs a script that writes down the tokens, the model, the project and the ids of the conversation and of the turn, and none of your texts. It adds one entry to {0}; nothing else in the file changes. The script and what it writes, usage.jsonl, are in {1}. Turned off, the entry and the script are removed, and what was written stays.',
      join(folder, 'hooks.json'),
      join(folder, 'ai-spend-meter'),
    ),
    isOn: async () => ((await isThere(folder)) ? (await hook()).isInstalled() : undefined),
    async turn(on) {
      if (on) {
        const made = await (await hook()).install();
        if (made) await undo.keep(made);
        return;
      }
      await (await hook()).remove(undo.value);
      await undo.keep(undefined);
    },
    takesEffect: 'nextStart',
  };
}

function claudeTranscripts({ memory, home, env }: RecordingsOptions): Recording {
  const { t } = vscode.l10n;
  const retention = claudeCodeRetention({ home, env, memory: memoryOf(memory, 'claudeTranscripts') });
  return {
    ...retention,
    id: 'claudeTranscripts',
    assistant: 'claude-code',
    label: t('Claude Code’s transcripts for a year'),
    gain: t('For calls that are made while no editor with the meter runs'),
    writes: t(
      'Claude Code deletes its transcripts after 30 days unless it is told otherwise. This sets cleanupPeriodDays to {0} in {1}; nothing else in the file changes. They take more room on the disk, and hold your conversations.',
      keptDays,
      retention.path,
    ),
    takesEffect: 'nextStart',
  };
}

function geminiChats({ memory, home, env }: RecordingsOptions): Recording {
  const { t } = vscode.l10n;
  const retention = geminiCliRetention({ home, env, memory: memoryOf(memory, 'geminiChats') });
  return {
    ...retention,
    id: 'geminiChats',
    assistant: 'gemini-cli',
    label: t('Gemini CLI’s chats for a year'),
    gain: t('For calls that are made while no editor with the meter runs'),
    writes: t(
      'Gemini CLI deletes its chats after 30 days unless it is told otherwise. This sets general.sessionRetention.maxAge to {0} in {1}; nothing else in the file changes. They take more room on the disk, and hold your conversations.',
      `${keptDays}d`,
      retention.path,
    ),
    takesEffect: 'nextStart',
  };
}

/** Of this editor only: elsewhere, a recording is turned off without the knowledge of what was there before. */
function memoryOf<T>(memory: vscode.Memento, id: RecordingId): Memory<T> {
  const key = `recording.${id}`;
  return {
    get value() {
      return memory.get<T>(key);
    },
    keep: value => memory.update(key, value),
  };
}
