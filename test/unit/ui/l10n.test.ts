import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'mocha';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..', '..');
const bundlePath = join(root, 'l10n', 'bundle.l10n.json');
const uiFolder = join(root, 'src', 'ui');
const sources = [
  ...readdirSync(uiFolder).map(name => join(uiFolder, name)),
  join(root, 'src', 'core', 'statusText.ts'),
  join(root, 'src', 'core', 'statusTooltip.ts'),
  join(root, 'src', 'core', 'statusWatch.ts'),
  join(root, 'src', 'core', 'budgetText.ts'),
  join(root, 'src', 'extension.ts'),
];

interface Message {
  readonly text: string;
  readonly place: string;
  readonly args: number;
}

/** What is given to `t` in a file: always a literal, or a translator would never see it. */
function messagesIn(path: string): Message[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ESNext, true);
  const messages: Message[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(t|language\.t|vscode\.l10n\.t)$/.test(node.expression.getText())) {
      const [message, ...args] = node.arguments;
      if (message && ts.isStringLiteralLike(message)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        messages.push({ text: message.text, place: `${path}:${line + 1}`, args: args.length });
      } else if (!args.some(ts.isSpreadElement)) {
        assert.fail(`${path}: ${node.getText()} has no literal message`);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return messages;
}

suite('translations', () => {
  const messages = sources.flatMap(messagesIn);

  test('have every message in l10n/bundle.l10n.json (UPDATE_L10N=1 writes it)', () => {
    const texts = [...new Set(messages.map(message => message.text))].sort();
    const wanted = Object.fromEntries(texts.map(text => [text, text]));
    if (process.env['UPDATE_L10N'] === '1') writeFileSync(bundlePath, `${JSON.stringify(wanted, null, 2)}\n`);
    assert.deepEqual(JSON.parse(readFileSync(bundlePath, 'utf8')), wanted);
  });

  test('name as many arguments as they are given', () => {
    for (const { text, place, args } of messages) {
      const named = new Set([...text.matchAll(/\{(\d+)\}/g)].map(match => Number(match[1])));
      assert.deepEqual(
        [...named].sort(),
        Array.from({ length: args }, (_, index) => index),
        place,
      );
    }
  });
});
