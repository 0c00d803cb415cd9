import { createHash } from 'node:crypto';

/** How the journal, which all editors share, tells apart what is switched within each of them. */
export interface EditorSwitchId {
  readonly id: string;
  /** Whether a switch is that of another editor: what has become of it, only that one knows. */
  readonly isElsewhere: (id: string) => boolean;
}

/**
 * @param what is switched, for example `copilot-chat-settings`
 * @param editorFolder the folder of the editor's user settings
 */
export function editorSwitchId(what: string, editorFolder: string): EditorSwitchId {
  const id = `${what}-${createHash('sha256').update(editorFolder).digest('hex').slice(0, 12)}`;
  return { id, isElsewhere: other => other !== id && other.startsWith(`${what}-`) };
}
