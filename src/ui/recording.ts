import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';

/**
 * Something that an assistant records only when it is asked to, or only for a while: what the meter could know better.
 */
interface Recording {
  readonly label: string;
  /** What is better then. */
  readonly gain: string;
  /** What it writes, and where; what else there is to know before it is turned on. */
  readonly writes: string;
  isOn(): Promise<boolean>;
  turn(on: boolean): Promise<void>;
  /** What has to happen before it takes effect. */
  readonly takesEffect: 'reload' | 'nextStart';
}

export interface RecordingOptions {
  /** Remembers what a setting was before it was changed. */
  readonly memory: vscode.Memento;
  readonly onChange: () => unknown;
}

/** Lets the user turn on, and off again, what makes the numbers more exact or keeps them for longer. */
export async function pickRecording({ memory, onChange }: RecordingOptions): Promise<void> {
  const { t } = vscode.l10n;
  const recordings = [copilotTraces(), claudeTranscripts(memory)].filter(recording => recording !== undefined);
  const items = await Promise.all(
    recordings.map(async recording => {
      const isOn = await recording.isOn();
      return {
        label: `$(${isOn ? 'check' : 'circle-large-outline'}) ${recording.label}`,
        description: isOn ? t('on') : t('off'),
        detail: recording.gain,
        recording,
        isOn,
      };
    }),
  );
  const picked = await vscode.window.showQuickPick(items, {
    title: t('More exact numbers'),
    placeHolder: t('Each can be turned off again here'),
    matchOnDetail: true,
  });
  if (!picked) return;
  const { recording, isOn } = picked;
  if (!isOn && !(await isConfirmed(recording))) return;
  await recording.turn(!isOn);
  onChange();
  await tellWhen(recording, !isOn);
}

async function isConfirmed({ label, writes }: Recording): Promise<boolean> {
  const { t } = vscode.l10n;
  const turnOn = t('Turn On');
  return (await vscode.window.showInformationMessage(label, { modal: true, detail: writes }, turnOn)) === turnOn;
}

async function tellWhen({ label, takesEffect }: Recording, isOn: boolean): Promise<void> {
  const { t } = vscode.l10n;
  const message = isOn ? t('Turned on: {0}.', label) : t('Turned off: {0}.', label);
  if (takesEffect === 'nextStart') {
    void vscode.window.showInformationMessage(`${message} ${t('It holds from the assistant’s next start on.')}`);
    return;
  }
  const reload = t('Reload Window');
  const chosen = await vscode.window.showInformationMessage(`${message} ${t('It holds after a reload.')}`, reload);
  if (chosen === reload) await vscode.commands.executeCommand('workbench.action.reloadWindow');
}

const copilotSection = 'github.copilot.chat.otel';
const copilotTracesSetting = 'dbSpanExporter.enabled';

/** @returns undefined if this editor's Copilot Chat has no such setting, or there is none */
function copilotTraces(): Recording | undefined {
  const { t } = vscode.l10n;
  const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration(copilotSection);
  if (configuration().inspect<boolean>(copilotTracesSetting)?.defaultValue === undefined) return undefined;
  return {
    label: t('Every call of GitHub Copilot Chat'),
    gain: t('With cached tokens, subagents and titles, instead of a lower bound'),
    writes: t(
      'Copilot Chat then keeps a database of its traces, agent-traces.db, in its own storage on this machine: the tokens of every call, but also prompts and answers, for seven days. The meter reads the tokens only. It sets {0}.',
      `${copilotSection}.${copilotTracesSetting}`,
    ),
    isOn: () => Promise.resolve(configuration().get(copilotTracesSetting) === true),
    turn: async on => {
      await configuration().update(copilotTracesSetting, on ? true : undefined, vscode.ConfigurationTarget.Global);
    },
    takesEffect: 'reload',
  };
}

const keptDays = 365;
const daysSetting = ['cleanupPeriodDays'];
const daysBefore = 'recording.cleanupPeriodDays';

/** Claude Code deletes what it wrote after 30 days, unless it is told otherwise. */
function claudeTranscripts(memory: vscode.Memento): Recording {
  const { t } = vscode.l10n;
  const folder = (process.env['CLAUDE_CONFIG_DIR'] ?? '').split(',')[0]?.trim() ?? '';
  const path = join(folder === '' ? join(homedir(), '.claude') : folder, 'settings.json');
  const load = () => import('../switching/settingsFile.ts');
  const days = async (): Promise<number> => {
    const value = await (await load()).readSetting(path, daysSetting);
    return typeof value === 'number' ? value : 0;
  };
  return {
    label: t('Claude Code’s transcripts for a year'),
    gain: t('For calls that are made while no editor with the meter runs'),
    writes: t(
      'Claude Code deletes its transcripts after 30 days unless it is told otherwise. This sets cleanupPeriodDays to {0} in {1}; nothing else in the file changes. They take more room on the disk, and hold your conversations.',
      keptDays,
      path,
    ),
    isOn: async () => (await days()) >= keptDays,
    turn: async on => {
      const { writeSetting } = await load();
      if (on) {
        await memory.update(daysBefore, (await days()) || undefined);
        await writeSetting(path, daysSetting, keptDays);
        return;
      }
      await writeSetting(path, daysSetting, memory.get<number>(daysBefore));
      await memory.update(daysBefore, undefined);
    },
    takesEffect: 'nextStart',
  };
}
