import * as vscode from 'vscode';
import { offeredRecordings, type OfferedRecording, type Recording, type RecordingsOptions } from './recordings.ts';

export interface PickRecordingOptions extends RecordingsOptions {
  readonly onChange: () => unknown;
  /** The id of the recording, for whoever has chosen one already. */
  readonly chosen?: unknown;
}

/** Lets the user turn on, and off again, what makes the numbers more exact or keeps them for longer. */
export async function pickRecording({ chosen, onChange, ...options }: PickRecordingOptions): Promise<void> {
  const { t } = vscode.l10n;
  const offered = await offeredRecordings(options);
  if (offered.length === 0) {
    void vscode.window.showInformationMessage(t('The assistants on this machine record all they can already.'));
    return;
  }
  const picked = offered.find(({ recording }) => recording.id === chosen) ?? (await pick(offered));
  if (!picked) return;
  const { recording, isOn } = picked;
  if (!isOn && !(await isConfirmed(recording))) return;
  await recording.turn(!isOn);
  onChange();
  // Not awaited: the message may stay for long, and the change is done.
  void tellWhen(recording, !isOn);
}

async function pick(offered: readonly OfferedRecording[]): Promise<OfferedRecording | undefined> {
  const { t } = vscode.l10n;
  const items = offered.map(one => ({
    label: `$(${one.isOn ? 'check' : 'circle-large-outline'}) ${one.recording.label}`,
    description: one.isOn ? t('on') : t('off'),
    detail: one.recording.gain,
    one,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: t('More exact numbers'),
    placeHolder: t('Each can be turned off again here'),
    matchOnDetail: true,
  });
  return picked?.one;
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
    await vscode.window.showInformationMessage(`${message} ${t('It holds from the assistant’s next start on.')}`);
    return;
  }
  const reload = t('Reload Window');
  const chosen = await vscode.window.showInformationMessage(`${message} ${t('It holds after a reload.')}`, reload);
  if (chosen === reload) await vscode.commands.executeCommand('workbench.action.reloadWindow');
}
