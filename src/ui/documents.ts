import * as vscode from 'vscode';

import type { Disposable } from '../core/events.ts';

/** Documents of ours that are no files: read-only, and gone with the window. */
export class Documents implements Disposable {
  static readonly scheme = 'ai-spend-meter';
  readonly #texts = new Map<string, string>();
  readonly #didChange = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;

  constructor() {
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(Documents.scheme, {
      onDidChange: this.#didChange.event,
      provideTextDocumentContent: uri => this.#texts.get(uri.toString()) ?? '',
    });
  }

  /**
   * Sets what a document says, also in an editor that is open.
   * @param name what its tab is called; the ending decides about its language
   */
  put(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: Documents.scheme, path: `/${name}` });
    this.#texts.set(uri.toString(), text);
    this.#didChange.fire(uri);
    return uri;
  }

  /** Opens a document in an editor. */
  async show(name: string, text: string): Promise<void> {
    await vscode.window.showTextDocument(this.put(name, text), { preview: true });
  }

  /** Opens a Markdown document as people read it. */
  async showPreview(name: string, markdown: string): Promise<void> {
    await vscode.commands.executeCommand('markdown.showPreview', this.put(`${name}.md`, markdown));
  }

  dispose(): void {
    this.#registration.dispose();
    this.#didChange.dispose();
    this.#texts.clear();
  }
}
