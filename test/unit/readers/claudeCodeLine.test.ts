import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { answerOf, type Answer } from '../../../src/readers/claudeCodeAnswer.ts';
import type { Glance } from '../../../src/readers/claudeCodeLayout.ts';
import { QuickAnswer } from '../../../src/readers/claudeCodeLine.ts';
import { anyRecord, record1_0, record2_1_330, reordered, strangeRecords, type Json } from './claudeCodeRecords.ts';

suite('An answer of Claude Code read off the ends of its line', () => {
  /** The same for all lines, as it is for all logs: what it has learned from one must be right for the next. */
  const quick = new QuickAnswer();

  test('is what the parsed record says, for any line that is JSON', () => {
    const seen = { answer: 0, user: 0, prompt: 0, sequel: 0, nothing: 0, unsure: 0 };
    fc.assert(
      fc.property(anyRecord, record => {
        const text = JSON.stringify(record);
        seen[checkOn(quick, text)]++;
        checkOn(new QuickAnswer(), text);
      }),
      { numRuns: 20_000, examples: strangeRecords.map(record => [record]) },
    );
    // Else the property would hold for little.
    const users = seen.user + seen.prompt + seen.sequel;
    assert.ok(seen.answer > 2500 && users > 1000 && seen.nothing > 100, JSON.stringify(seen));
  }).timeout(120_000);

  test('is what the parsed record says, for all lines of the fixtures', () => {
    const glances = new Set<Glance>();
    for (const text of linesOfFixtures()) glances.add(checkOn(quick, text));
    assert.deepEqual([...glances].sort(), ['answer', 'nothing', 'prompt', 'sequel', 'unsure', 'user']);
  });

  test('is never there while the line is not whole', () => {
    for (const record of [record2_1_330(), record1_0()]) {
      const text = JSON.stringify(record);
      assert.equal(read(quick, text), 'answer');
      for (let length = 1; length < text.length; length++) {
        assert.notEqual(read(quick, text.slice(0, length)), 'answer', text.slice(0, length));
      }
    }
  });

  test('is what the parsed record says, where the line before began alike', () => {
    const some = fc.constantFrom('cwd', 'sessionId', 'version', 'entrypoint', 'userType', 'timestamp', 'requestId');
    const block = fc.constantFrom<Json>(
      { type: 'text', text: 'Done.' },
      { type: 'tool_use', id: 'toolu_2', name: 'Bash', input: { command: 'ls' } },
      { type: 'tool_use', id: 'toolu_3', name: 'Edit', input: { file_path: '/home/dev/shop/cart.ts' } },
      { type: 'other' },
    );
    const next = fc.record({
      parentUuid: fc.option(fc.constantFrom('00000000-0000-4000-8000-000000000009', 'short', '", "', 7)),
      without: fc.uniqueArray(some),
      content: fc.array(block, { minLength: 1, maxLength: 2 }),
      more: fc.constantFrom<Json>(
        {},
        { requestSessionId: 'session-0' },

        { agentId: 'a1' },
      ),
    });
    const order = fc.constantFrom(['parentUuid', 'isSidechain', 'message'], ['parentUuid', 'requestSessionId'], []);
    let answers = 0;
    fc.assert(
      fc.property(order, fc.array(next, { minLength: 2, maxLength: 6 }), (first, lines) => {
        const fresh = new QuickAnswer();
        for (const { parentUuid, without, content, more } of lines) {
          const { message, ...outer } = record2_1_330();
          const record: Json = { ...outer, parentUuid, message: { ...(message as Json), content }, ...more };
          for (const key of without) Reflect.deleteProperty(record, key);
          if (checkOn(fresh, JSON.stringify(reordered(record, first))) === 'answer') answers++;
        }
      }),
      { numRuns: 2000 },
    );
    assert.ok(answers > 1000, String(answers));
  });

  test('has what its own line has, in the middle of others', () => {
    const record = record2_1_330();
    const text = JSON.stringify(record);
    const around = JSON.stringify({ ...record, message: { id: 'msg_other', usage: { input_tokens: 77 } } });
    const bytes = Buffer.from(`${around}\n${text}\n${around}`);
    const start = Buffer.byteLength(around) + 1;
    assert.equal(quick.read({ bytes, start, end: start + Buffer.byteLength(text), offset: start }), 'answer');
    assert.deepEqual(fieldsOf(quick), answerOf(record));
  });

  const layouts: [what: string, record: Json][] = [
    ['1.0', record1_0()],
    [
      '2.0, with its outer fields behind the message',
      reordered(record2_1_330(), ['parentUuid', 'isSidechain', 'message']),
    ],
    ['2.1.330', record2_1_330()],
    [
      '2.1.330 in a fork',
      { ...record2_1_330(), requestSessionId: 'session-0', forkedFrom: { sessionId: 'session-0' } },
    ],
    ['2.1.330 of a subagent', { ...record2_1_330({ isSidechain: true, agentId: 'a1' }) }],
  ];
  for (const [what, record] of layouts) {
    test(`needs no parsing in the layout of ${what}`, () => {
      assert.equal(read(quick, JSON.stringify(record)), 'answer');
    });
  }

  const skipped: [what: string, head: string, glance: Glance][] = [
    ['what was sent', '{"type":"api-request-blob","sessionId":"s","hash":"', 'nothing'],
    ['a request', '{"type":"api-request","sessionId":"s","id":"', 'nothing'],
    ['a saved file', '{"type":"file-history-snapshot","messageId":"', 'nothing'],
    ['an attachment', '{"parentUuid":null,"isSidechain":false,"attachment":{"type":"', 'nothing'],
    ['a prompt', '{"parentUuid":null,"isSidechain":false,"promptId":"p","type":"user","message":{"ro', 'user'],
    ['an old prompt', '{"parentUuid":null,"isSidechain":false,"cwd":"/a","message":{"role":"user","content":"', 'user'],
    ['progress of a hook', '{"parentUuid":null,"type":"progress","data":{"type":"hook_progress","', 'nothing'],
    ['progress of an agent', '{"parentUuid":null,"type":"progress","data":{"type":"agent_progress","', 'unsure'],
    [
      'an answer',
      '{"parentUuid":null,"isSidechain":false,"message":{"id":"m","role":"assistant","content":[',
      'unsure',
    ],
    ['a report', '{"type":"cost-state","sessionId":"s"', 'unsure'],
    ['anything else', '{"content":{"type":"attachment"', 'unsure'],
  ];
  for (const [what, head, glance] of skipped) {
    test(`a glance at ${what} says ${glance}`, () => assert.equal(quick.glance(head), glance));
  }
});

/** Reads a line both ways and compares. */
function checkOn(quick: QuickAnswer, text: string): Glance {
  const glance = read(quick, text);
  const record = parsed(text);
  const answer = record && answerOf(record);
  if (glance === 'answer') assert.deepEqual(fieldsOf(quick), answer);
  else if (glance !== 'unsure') assert.equal(answer, undefined, text);
  return glance;
}

function read(quick: QuickAnswer, text: string): Glance {
  // Other bytes around, so that a look beyond the line would be seen.
  const line = Buffer.from(text);
  const bytes = Buffer.concat([Buffer.from('"usage":{"input_tokens":5},'), line, Buffer.from('}],"stop_reason":')]);
  return quick.read({ bytes, start: 27, end: 27 + line.length, offset: 0 });
}

function parsed(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(quick: QuickAnswer): Answer {
  return {
    messageId: quick.messageId,
    hasRequestId: quick.hasRequestId,
    otherId: quick.otherId,
    model: quick.model,
    atMs: quick.atMs,
    sessionId: quick.sessionId,
    originalSessionId: quick.originalSessionId,
    project: quick.project,
    entrypoint: quick.entrypoint,
    version: quick.version,
    isSubagent: quick.isSubagent,
    usage: quick.usage,
    speed: quick.speed,
    geo: quick.geo,
    work: quick.work,
    webSearchIds: quick.webSearchIds,
    editedFiles: quick.editedFiles,
    isCutOff: quick.isCutOff,
    advisors: quick.advisors,
  };
}

function* linesOfFixtures(): Generator<string> {
  const fixtures = join(import.meta.dirname, '../../fixtures/readers/claude-code');
  for (const entry of readdirSync(fixtures, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.jsonl')) continue;
    for (const text of readFileSync(join(fixtures, entry), 'utf8').split('\n')) if (text.startsWith('{')) yield text;
  }
}
