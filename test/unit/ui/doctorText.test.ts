import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import type { AssistantReport } from '../../../src/core/doctor.ts';
import type { RecordingOffer } from '../../../src/core/recording.ts';
import { doctorText } from '../../../src/ui/doctorText.ts';
import { language } from '../language.ts';

function assistant(id: string, name: string): AssistantReport {
  const nothing = { folders: [], variables: [], files: [], unreadLogs: [], problems: [], kinds: [], unknownKinds: [] };
  return {
    assistant: id,
    name,
    ...nothing,
    versions: [],
    filesLookedFor: 0,
    logs: 0,
    sizeBytes: 0,
    readLogs: 0,
    calls: 0,
  };
}

const offer: RecordingOffer = {
  id: 'cursorTurns',
  assistant: 'cursor',
  label: 'Every turn',
  gain: 'Better',
  isOn: false,
};

suite('what the doctor says of what could be recorded', () => {
  const report = {
    schema: 1,
    ledger: { path: '/data/ledger.db', sizeBytes: 0, calls: 0 },
    assistants: [assistant('codex', 'Codex'), assistant('cursor', 'Cursor')],
  } as const;
  const linesOf = (recordings?: readonly RecordingOffer[]): readonly string[] =>
    doctorText(report, language, recordings).split('\n').slice(4);
  const [codex, cursor] = [
    ['Codex (codex)', '  0 logs, 0 MB, 0 read to their end', '  0 calls in the ledger', ''],
    ['Cursor (cursor)', '  0 logs, 0 MB, 0 read to their end', '  0 calls in the ledger'],
  ];

  test('stands with the assistant, and names the command', () => {
    assert.deepEqual(linesOf([offer]), [
      ...codex,
      ...cursor,
      '  could be turned on: Every turn (by the command “AI Spend Meter: More Exact Numbers…”)',
      '',
    ]);
  });

  test('is also said of what is on', () => {
    assert.equal(
      linesOf([{ ...offer, isOn: true }]).at(-2),
      '  turned on: Every turn (off again by the command “AI Spend Meter: More Exact Numbers…”)',
    );
  });

  test('is nothing where there is nothing to offer', () => {
    assert.deepEqual(linesOf(), [...codex, ...cursor, '']);
  });
});
