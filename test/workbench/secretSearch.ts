import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import type { Page } from 'playwright-core';

/** The files below a folder that have a secret in them, as it is or encoded. */
export async function filesWith(secret: string, folder: string): Promise<string[]> {
  const forms = formsOf(secret);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  const found: string[] = [];
  for (const file of files) {
    const bytes = await readFile(file).catch(() => undefined); // Gone since it was listed.
    if (bytes && forms.some(form => bytes.includes(form))) found.push(file);
  }
  return found.sort();
}

/** As bytes of a text, of a text with two bytes a letter, and of Base64, in which it depends on what stands before. */
function formsOf(secret: string): readonly Buffer[] {
  const base64 = [0, 1, 2].map(before => {
    const text = Buffer.from(`${'-'.repeat(before)}${secret}`).toString('base64');
    // The ends are mixed with what stands beside.
    return Buffer.from(text.slice(before === 0 ? 0 : 4, -4));
  });
  const hex = Buffer.from(Buffer.from(secret).toString('hex'));
  return [Buffer.from(secret), Buffer.from(secret, 'utf16le'), hex, ...base64];
}

/**
 * All the text that a picture of a window can show: whatever VS Code and its webviews draw as letters is text, a value or
 * an attribute in one of its documents, seen or hidden; passwords are drawn as dots. (The minimap of an editor, which is
 * a canvas, draws the text of that editor.) And what it tells a screen reader, which is drawn nowhere.
 */
export async function shownIn(page: Page): Promise<string> {
  const documents = await Promise.all(
    page.frames().map(frame => frame.evaluate<string>(textOfDocument).catch(() => '')), // Gone since it was listed.
  );
  // An editor has other spaces in its lines than its text.
  return [...documents, await spokenIn(page)].join('\n').replaceAll('\u00a0', ' ');
}

/** Runs in the page, which is not Node: hence as text. */
const textOfDocument = `(() => {
  const texts = [document.title, document.body?.textContent ?? ''];
  const walk = root => {
    for (const element of root.querySelectorAll('*')) {
      for (const { value } of element.attributes) texts.push(value);
      if (typeof element.value === 'string' && element.type !== 'password') texts.push(element.value);
      if (!element.shadowRoot) continue;
      texts.push(element.shadowRoot.textContent);
      walk(element.shadowRoot);
    }
  };
  walk(document);
  return texts.join('\\n');
})()`;

interface FrameTree {
  readonly frame: { readonly id: string };
  readonly childFrames?: readonly FrameTree[];
}

async function spokenIn(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  try {
    const { frameTree } = (await session.send('Page.getFrameTree')) as { readonly frameTree: FrameTree };
    const idsOf = ({ frame, childFrames = [] }: FrameTree): string[] => [frame.id, ...childFrames.flatMap(idsOf)];
    const trees = await Promise.all(
      idsOf(frameTree).map(frameId => session.send('Accessibility.getFullAXTree', { frameId }).catch(() => undefined)),
    );
    return JSON.stringify(trees);
  } finally {
    await session.detach();
  }
}
