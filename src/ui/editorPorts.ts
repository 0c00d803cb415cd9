import * as vscode from 'vscode';

import { reasonOf, UserError } from '../core/errors.ts';
import type { EditorChat } from '../switching/copilotChat.ts';
import type { EditorSettings } from '../switching/editorSettings.ts';
import type { RooCodeApi } from '../switching/rooCode.ts';

/** The settings of this editor, through its own API. */
export const editorSettings: EditorSettings = {
  isKnown: key => inspect(key)?.defaultValue !== undefined,
  get: key => inspect(key)?.globalValue,
  higher(key) {
    const found = inspect(key);
    return found?.workspaceFolderValue ?? found?.workspaceValue;
  },
  async set(key, value) {
    try {
      await vscode.workspace.getConfiguration().update(key, value, vscode.ConfigurationTarget.Global);
    } catch (error) {
      throw new UserError(
        { kind: 'configUnwritable', path: 'settings.json', reason: reasonOf(error) },
        { cause: error },
      );
    }
  },
};

function inspect(key: string) {
  return vscode.workspace.getConfiguration().inspect<unknown>(key);
}

/** The chat of this editor. Some of its commands are internal to VS Code: with any version they may be gone. */
export const editorChat: EditorChat = {
  async find(id) {
    const [found] = await vscode.lm.selectChatModels({ id });
    return found && { vendor: found.vendor, id: found.id, family: found.family };
  },
  change: model => runIfThere('workbench.action.chat.changeModel', model),
  async letChoose() {
    await runIfThere('workbench.action.chat.openModelPicker');
  },
};

/** @returns false if there is no such command, or it fails: then the user has to do it */
async function runIfThere(command: string, ...args: readonly unknown[]): Promise<boolean> {
  if (!(await vscode.commands.getCommands()).includes(command)) return false;
  try {
    await vscode.commands.executeCommand(command, ...args);
    return true;
  } catch {
    return false;
  }
}

/** What Roo Code exports; undefined if it is not in this editor, or exports something else. */
export async function rooCodeApi(): Promise<RooCodeApi | undefined> {
  const extension = vscode.extensions.getExtension<unknown>('RooVeterinaryInc.roo-cline');
  const api = await extension?.activate();
  return isRooCodeApi(api) ? api : undefined;
}

const usedFunctions = ['getProfiles', 'getActiveProfile', 'upsertProfile', 'setActiveProfile', 'deleteProfile'];

function isRooCodeApi(api: unknown): api is RooCodeApi {
  if (typeof api !== 'object' || api === null) return false;
  return usedFunctions.every(name => typeof Reflect.get(api, name) === 'function');
}
