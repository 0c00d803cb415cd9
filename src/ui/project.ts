import * as vscode from 'vscode';

/** The folder that "this project" means: that of the active editor, else the first one on a disk. */
export function projectFolder(): string | undefined {
  const { activeTextEditor } = vscode.window;
  const active = activeTextEditor && vscode.workspace.getWorkspaceFolder(activeTextEditor.document.uri);
  const folders = [...(active ? [active] : []), ...(vscode.workspace.workspaceFolders ?? [])];
  return folders.find(folder => folder.uri.scheme === 'file')?.uri.fsPath;
}

/** The project to switch; asks if the window has several. @returns undefined if there is none, or the user leaves */
export async function pickProjectFolder(): Promise<string | undefined> {
  const folders = localFolders();
  if (folders.length < 2) return projectFolder();
  const items = folders.map(folder => ({ label: folder.name, description: folder.uri.fsPath }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Switch which project?') });
  return picked?.description;
}

/** All folders of this window that are on a disk. */
export function projectFolders(): readonly string[] {
  return localFolders().map(folder => folder.uri.fsPath);
}

function localFolders(): readonly vscode.WorkspaceFolder[] {
  return (vscode.workspace.workspaceFolders ?? []).filter(folder => folder.uri.scheme === 'file');
}
