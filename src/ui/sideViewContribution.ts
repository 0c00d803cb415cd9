import * as vscode from 'vscode';

import type { Disposable } from '../core/events.ts';
import type { SideView } from './sideView.ts';

/** The view in the activity bar, by the ids of its lines. What it says is loaded when it is first seen. */
export function registerSideView(load: (changed: () => void) => Promise<SideView>): Disposable {
  const didChange = new vscode.EventEmitter<void>();
  let loading: Promise<SideView> | undefined;
  const view = (): Promise<SideView> => (loading ??= load(() => didChange.fire()));
  return vscode.Disposable.from(
    didChange,
    vscode.window.registerTreeDataProvider<string>('aiSpendMeter.side', {
      onDidChangeTreeData: didChange.event,
      getChildren: async id => (await view()).childrenOf(id),
      getTreeItem: async id => (await view()).treeItem(id),
    }),
  );
}
