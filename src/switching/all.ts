import { createAiderSwitcher } from './aider.ts';
import { createClaudeCodeSwitcher } from './claudeCode.ts';
import { createClineSwitcher } from './cline.ts';
import { createCodexSwitcher } from './codex.ts';
import { createContinueSwitcher } from './continueDev.ts';
import { createCopilotChatSwitcher } from './copilotChat.ts';
import type { CopilotChatSwitcherOptions } from './copilotChat.ts';
import { withKiloSettings } from './editorSettingsBeside.ts';
import type { FileSwitcherOptions } from './fileSwitcher.ts';
import { createGeminiCliSwitcher } from './geminiCli.ts';
import { createGooseSwitcher } from './goose.ts';
import { createKiloCodeSwitcher } from './kiloCode.ts';
import { createOpenCodeSwitcher } from './openCode.ts';
import { createQwenCodeSwitcher } from './qwenCode.ts';
import { createRooCodeSwitcher } from './rooCode.ts';
import type { RooCodeSwitcherOptions } from './rooCode.ts';
import type { AppliedSwitch, Switcher } from './switcher.ts';

/** The assistants that are switched by their files. */
export function createSwitchers(options: FileSwitcherOptions): readonly Switcher[] {
  return [
    createClaudeCodeSwitcher,
    createCodexSwitcher,
    createGeminiCliSwitcher,
    createQwenCodeSwitcher,
    createOpenCodeSwitcher,
    createKiloCodeSwitcher,
    createContinueSwitcher,
    createClineSwitcher,
    createAiderSwitcher,
    createGooseSwitcher,
  ].map(create => create(options));
}

export type EditorSwitcherOptions = FileSwitcherOptions & CopilotChatSwitcherOptions & RooCodeSwitcherOptions;

/** The assistants that are switched from within an editor: by files, by its settings, by what they export to others. */
export function createEditorSwitchers(options: EditorSwitcherOptions): readonly Switcher[] {
  const byFiles = createSwitchers(options).map(switcher =>
    switcher.assistant === 'kilo-code' ? withKiloSettings(switcher, options) : switcher,
  );
  return [...byFiles, createCopilotChatSwitcher(options), createRooCodeSwitcher(options)];
}

/** The switches of all assistants that are in effect, oldest first. */
export async function outstandingOf(switchers: readonly Switcher[]): Promise<readonly AppliedSwitch[]> {
  const all = await Promise.all(switchers.map(switcher => switcher.outstanding()));
  return all.flat().sort((a, b) => a.appliedAtMs - b.appliedAtMs);
}
