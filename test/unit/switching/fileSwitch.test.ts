import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { setup, suite, teardown, test } from 'mocha';
import { UserError } from '../../../src/core/errors.ts';
import type { UserProblem } from '../../../src/core/errors.ts';
import { createDisk } from '../../../src/switching/disk.ts';
import type { Disk } from '../../../src/switching/disk.ts';
import { formatted, settingsObject } from './settingsText.ts';
import { acme, createSwitchHome, everywhere, filesBelow, secret, textKept } from './switchHome.ts';
import type { SwitchHome } from './switchHome.ts';

const original = '{\n  "model": "claude-opus-5-5",\n  "env": {\n    "HTTP_PROXY": "http://proxy"\n  }\n}\n';

async function problemOf(promise: Promise<unknown>): Promise<UserProblem> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return error.problem;
  }
  throw new Error('It did not fail.');
}

/** A disk that stops working for ever at the n-th change, before or after making it: a crash. */
function crashingDisk(atChange: number, when: 'before' | 'after'): { disk: Disk; changes: () => number } {
  const disk = createDisk();
  let changes = 0;
  const step =
    <A extends readonly unknown[], R>(change: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      changes += 1;
      if (changes > atChange || (changes === atChange && when === 'before')) throw new Error('crash');
      const result = await change(...args);
      if (changes === atChange) throw new Error('crash');
      return result;
    };
  return {
    disk: {
      replace: step(disk.replace.bind(disk)),
      create: step(disk.create.bind(disk)),
      remove: step(disk.remove.bind(disk)),
      makeFolder: step(disk.makeFolder.bind(disk)),
      removeEmptyFolder: step(disk.removeEmptyFolder.bind(disk)),
      touch: step(disk.touch.bind(disk)),
      removeLeftovers: step(disk.removeLeftovers.bind(disk)),
    },
    changes: () => changes,
  };
}

suite('fileSwitch', () => {
  let at: SwitchHome;
  setup(() => {
    at = createSwitchHome();
    at.write(at.settings, original);
  });
  teardown(() => at.dispose());

  test('a switch is in effect until it is undone', async () => {
    const id = await at.turnOn();
    const [one, ...others] = await at.switcher().outstanding();
    assert.deepEqual(one, {
      id,
      assistant: 'claude-code',
      scope: 'everywhere',
      project: undefined,
      model: acme,
      path: at.settings,
      appliedAtMs: Date.UTC(2026, 10, 22),
      isIntact: true,
    });
    assert.deepEqual(others, []);
    assert.deepEqual(await at.undo(id), { state: 'undone', needsRestart: true });
    assert.deepEqual(await at.switcher().outstanding(), []);
    assert.equal(at.read(at.settings), original);
    assert.deepEqual(await at.undo(id), { state: 'notSwitched' });
    assert.deepEqual(readdirSync(join(at.dataFolder, 'switches')), []);
  });

  test('the key is in the configuration and nowhere else, and the journal is nobody else’s to read', async () => {
    const id = await at.turnOn();
    assert.ok(at.read(at.settings)?.includes(secret));
    const kept = filesBelow(at.dataFolder);
    assert.deepEqual(Object.keys(kept).sort(), [`switches/README.txt`, `switches/${id}.json`]);
    assert.doesNotMatch(textKept(at.dataFolder), new RegExp(secret));
    for (const name of Object.keys(kept)) {
      assert.equal(statSync(join(at.dataFolder, name)).mode & 0o777, 0o600);
    }
    assert.equal(statSync(join(at.dataFolder, 'switches')).mode & 0o777, 0o700);
  });

  test('a text says how to undo by hand', async () => {
    at.write(at.settings, '{"model":"claude-opus-5-5","env":{"ANTHROPIC_API_KEY":"old-key"}}');
    const id = await at.turnOn();
    const text = at.read(join(at.dataFolder, 'switches', 'README.txt')) ?? '';
    assert.ok(text.includes(`  - ${at.settings}:\n    delete env.ANTHROPIC_BASE_URL\n`), text);
    assert.ok(text.includes('    give env.ANTHROPIC_API_KEY its old value'));
    assert.ok(text.includes('    set model to "claude-opus-5-5"\n'));
    assert.ok(text.includes(`${id}.json`) && !text.includes('old-key'));
  });

  test('mode, links and their targets stay', async () => {
    const target = join(at.home, 'dotfiles', 'claude.json');
    at.write(target, original);
    chmodSync(target, 0o640);
    rmSync(at.settings);
    symlinkSync('../dotfiles/claude.json', at.settings);
    const id = await at.turnOn();
    assert.ok(lstatSync(at.settings).isSymbolicLink());
    assert.ok(at.read(target)?.includes(secret));
    assert.equal(statSync(target).mode & 0o777, 0o640);
    await at.undo(id);
    assert.ok(lstatSync(at.settings).isSymbolicLink());
    assert.equal(at.read(target), original);
    assert.equal(statSync(target).mode & 0o777, 0o640);
  });

  test('a new file is nobody else’s to read, and leaves no trace', async () => {
    rmSync(dirname(at.settings), { recursive: true });
    const before = at.files();
    const id = await at.turnOn();
    assert.equal(statSync(at.settings).mode & 0o777, 0o600);
    await at.undo(id);
    assert.deepEqual(at.files(), before);
  });

  test('a link to a file that does not exist yet is followed', async () => {
    rmSync(at.settings);
    symlinkSync(join(at.home, 'dotfiles', 'deep', 'claude.json'), at.settings);
    const id = await at.turnOn();
    assert.ok(at.read(join(at.home, 'dotfiles', 'deep', 'claude.json'))?.includes(secret));
    await at.undo(id);
    assert.equal(existsSync(join(at.home, 'dotfiles')), false);
    assert.ok(lstatSync(at.settings).isSymbolicLink());
  });

  test('a folder that others use by now stays', async () => {
    rmSync(dirname(at.settings), { recursive: true });
    const id = await at.turnOn();
    at.write(join(dirname(at.settings), 'history.jsonl'), 'x');
    await at.undo(id);
    assert.deepEqual(readdirSync(dirname(at.settings)), ['history.jsonl']);
  });

  test('a read-only file is left alone', async () => {
    chmodSync(at.settings, 0o444);
    const problem = await problemOf(at.turnOn());
    assert.deepEqual(problem, { kind: 'configUnwritable', path: at.settings, reason: 'The file is read-only.' });
    assert.equal(at.read(at.settings), original);
    assert.deepEqual(await at.switcher().outstanding(), []);
  });

  for (const [what, text] of [
    ['comments', '{ // mine\n}'],
    ['half a file', '{"env":'],
    ['env as text', '{"env":"x"}'],
  ] as const) {
    test(`a file with ${what} is refused and left alone`, async () => {
      at.write(at.settings, text);
      assert.equal((await problemOf(at.turnOn())).kind, 'configUnreadable');
      assert.equal(at.read(at.settings), text);
      assert.equal(existsSync(at.dataFolder), false);
    });
  }

  test('a file that changes between plan and switch is left alone', async () => {
    const plan = await at.switcher().plan(everywhere, acme);
    at.write(at.settings, '{}');
    const problem = await problemOf(at.switcher().apply(plan, secret));
    assert.deepEqual(problem, { kind: 'configChanged', path: at.settings });
    assert.equal(at.read(at.settings), '{}');
    assert.deepEqual(await at.switcher().outstanding(), []);
  });

  test('a file that changes at the last moment is left alone', async () => {
    const disk = createDisk({
      write: async (file, bytes) => {
        if (bytes.includes(secret)) at.write(at.settings, '{"late":1}');
        await file.writeFile(bytes);
      },
    });
    const plan = await at.switcher().plan(everywhere, acme);
    assert.equal((await problemOf(at.switcher(disk).apply(plan, secret))).kind, 'configChanged');
    assert.deepEqual(at.files(), { '.claude/settings.json': '{"late":1}', 'shop/': '' });
    assert.deepEqual(await at.switcher().outstanding(), []);
  });

  test('a full disk leaves everything as it was', async () => {
    const disk = createDisk({
      write: async (file, bytes) => {
        await file.writeFile(bytes.subarray(0, 10));
        if (bytes.includes(secret)) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        await file.truncate(0);
        await file.write(bytes, 0, bytes.length, 0);
      },
    });
    const before = at.files();
    const plan = await at.switcher().plan(everywhere, acme);
    const problem = await problemOf(at.switcher(disk).apply(plan, secret));
    assert.deepEqual(problem, { kind: 'configUnwritable', path: at.settings, reason: 'no space left on device' });
    assert.deepEqual(at.files(), before);
    assert.deepEqual(readdirSync(join(at.dataFolder, 'switches')), []);
  });

  test('a disk that is full for the journal already leaves everything as it was', async () => {
    const disk = createDisk({
      write: () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
    });
    const before = at.files();
    const plan = await at.switcher().plan(everywhere, acme);
    assert.equal((await problemOf(at.switcher(disk).apply(plan, secret))).kind, 'configUnwritable');
    assert.deepEqual(at.files(), before);
  });

  for (const when of ['before', 'after'] as const) {
    test(`a crash ${when} any change of a switch can be undone, and the switch done again`, async () => {
      let crashes = 0;
      for (let atChange = 1; ; atChange += 1) {
        at.dispose();
        at = createSwitchHome();
        const before = at.files();
        const { disk, changes } = crashingDisk(atChange, when);
        const plan = await at.switcher().plan(everywhere, acme);
        await at
          .switcher(disk)
          .apply(plan, secret)
          .catch(() => undefined);
        const isSwitched = at.read(at.settings)?.includes(secret) === true;
        assert.equal((await at.switcher().outstanding()).length, isSwitched ? 1 : 0, `change ${atChange}`);
        await at.undo(plan.id);
        assert.deepEqual(at.files(), before, `change ${atChange}`);
        assert.deepEqual(await at.switcher().outstanding(), []);

        await at.undo(await at.turnOn());
        assert.deepEqual(at.files(), before);
        if (changes() < atChange) break;
        crashes += 1;
      }
      assert.ok(crashes >= 4, String(crashes));
    }).timeout(10_000);

    test(`a crash ${when} any change of a second switch leads back to before both`, async () => {
      for (let atChange = 1; ; atChange += 1) {
        at.write(at.settings, original);
        await at.turnOn();
        const { disk, changes } = crashingDisk(atChange, when);
        const plan = await at.switcher().plan(everywhere, { ...acme, model: 'acme-coder-2' });
        assert.equal(plan.isReplacement, true);
        await at
          .switcher(disk)
          .apply(plan, secret)
          .catch(() => undefined);
        assert.deepEqual(await at.undo(plan.id), { state: 'undone', needsRestart: true }, `change ${atChange}`);
        assert.equal(at.read(at.settings), original);
        if (changes() < atChange) break;
      }
    }).timeout(10_000);

    test(`a crash ${when} any change of an undo can be undone to the end`, async () => {
      for (let atChange = 1; ; atChange += 1) {
        at.write(at.settings, original);
        const id = await at.turnOn();
        const { disk, changes } = crashingDisk(atChange, when);
        await at
          .switcher(disk)
          .undo(id)
          .catch(() => undefined);
        await at.undo(id);
        assert.equal(at.read(at.settings), original, `change ${atChange}`);
        assert.deepEqual(await at.switcher().outstanding(), []);
        if (changes() < atChange) break;
      }
    }).timeout(10_000);
  }

  test('what a crash left beside a file is removed', async () => {
    const leftover = join(dirname(at.settings), '.settings.json.ai-spend-meter-0a1b2c3d');
    const leave = (secondsAgo: number): void => {
      at.write(leftover, secret);
      utimesSync(leftover, Date.now() / 1000 - secondsAgo, Date.now() / 1000 - secondsAgo);
    };
    leave(60);
    const id = await at.turnOn();
    assert.equal(existsSync(leftover), false);
    leave(60);
    await at.undo(id);
    assert.equal(existsSync(leftover), false);

    const plan = await at.switcher().plan(everywhere, acme);
    const { disk } = crashingDisk(3, 'before');
    await assert.rejects(at.switcher(disk).apply(plan, secret));
    leave(60);
    await at.switcher().outstanding();
    assert.equal(existsSync(leftover), false);
    leave(1);
    await at.turnOn();
    assert.equal(existsSync(leftover), true, 'it may be another window’s');
  });

  test('a second switch replaces the first, and undo leads back to before both', async () => {
    const first = await at.turnOn();
    const second = await at.turnOn(everywhere, { displayName: 'B', model: 'b-1', baseUrl: 'https://b.example' });
    assert.equal(second, first);
    const text = at.read(at.settings) ?? '';
    assert.ok(text.includes('"b-1"') && !text.includes('acme') && !text.includes('MAX_CONTEXT'), text);
    assert.deepEqual(
      (await at.switcher().outstanding()).map(one => [one.model.model, one.isIntact]),
      [['b-1', true]],
    );
    await at.undo(second);
    assert.equal(at.read(at.settings), original);
  });

  test('two switches at the same moment are one', async () => {
    const plan = await at.switcher().plan(everywhere, acme);
    const both = await Promise.allSettled([at.switcher().apply(plan, secret), at.switcher().apply(plan, 'other-key')]);
    assert.ok(both.some(one => one.status === 'fulfilled'));
    assert.equal((await at.switcher().outstanding()).length, 1);
    await at.undo(plan.id);
    assert.equal(at.read(at.settings), original);
  });

  test('a switch that changes nothing is none', async () => {
    await at.turnOn();
    rmSync(at.dataFolder, { recursive: true });
    const plan = await at.switcher().plan(everywhere, acme);
    assert.equal(await at.switcher().apply(plan, secret), undefined);
    assert.deepEqual(await at.switcher().outstanding(), []);
  });

  test('a switch undone by hand is not in effect', async () => {
    await at.turnOn();
    at.write(at.settings, original);
    assert.deepEqual(await at.switcher().outstanding(), []);
    const id = await at.turnOn();
    await at.undo(id);
    assert.equal(at.read(at.settings), original);
  });

  test('a file that somebody else changed is shown, and changed only when that was accepted', async () => {
    const id = await at.turnOn();
    const edited = (at.read(at.settings) ?? '')
      .replace('"http://proxy"', '"http://new"')
      .replace(acme.baseUrl, 'https://c.example');
    at.write(at.settings, edited);
    const [outstanding] = await at.switcher().outstanding();
    assert.equal(outstanding?.isIntact, false);

    const result = await at.undo(id);
    assert.ok(result.state === 'differs');
    const [difference] = result.differences;
    assert.ok(difference);
    assert.equal(at.read(at.settings), edited);
    assert.deepEqual(difference.keysChangedByOthers, ['env.ANTHROPIC_BASE_URL']);
    assert.ok(!JSON.stringify(result).includes(secret));
    assert.equal(difference.current, edited.replace(secret, '••••••••'));
    const after = original.replace('http://proxy', 'http://new');
    assert.equal(difference.afterUndo, after);

    at.write(at.settings, `${edited}\n`);
    assert.equal((await at.undo(id, { accepted: result.differences })).state, 'differs', 'it changed once more');
    at.write(at.settings, edited);
    assert.equal((await at.undo(id, { accepted: result.differences })).state, 'undone');
    assert.equal(at.read(at.settings), after);
    assert.deepEqual(await at.switcher().outstanding(), []);
  });

  test('a file that somebody removed is offered as it was', async () => {
    const id = await at.turnOn();
    rmSync(at.settings);
    const result = await at.undo(id);
    assert.ok(result.state === 'differs');
    assert.deepEqual(
      result.differences.map(one => [one.current, one.afterUndo]),
      [['', original]],
    );
    await at.undo(id, { accepted: result.differences });
    assert.equal(at.read(at.settings), original);
  });

  test('a file that is no settings any more is refused, and still counts as switched', async () => {
    const id = await at.turnOn();
    at.write(at.settings, '{ broken');
    assert.equal((await at.switcher().outstanding()).length, 1);
    assert.equal((await problemOf(at.undo(id))).kind, 'configUnreadable');
    assert.equal(at.read(at.settings), '{ broken');
  });

  test('a damaged journal is reported, and hides no other switch', async () => {
    const id = await at.turnOn();
    await at.turnOn({ scope: 'project', project: at.project });
    const place = join(at.dataFolder, 'switches', `${id}.json`);
    const entry = JSON.parse(readFileSync(place, 'utf8')) as { files: { preImage: string }[] };
    entry.files[0]!.preImage = Buffer.from('{}').toString('base64');
    at.write(place, JSON.stringify(entry));
    const problem = await problemOf(at.undo(id));
    assert.deepEqual(problem, { kind: 'configUnreadable', path: place, reason: 'Its pre-image is damaged.' });
    assert.deepEqual(
      (await at.switcher().outstanding()).map(one => one.scope),
      ['project'],
    );
  });

  test('project and everywhere are switched and undone apart', async () => {
    const project = await at.turnOn({ scope: 'project', project: at.project });
    const all = await at.turnOn();
    const scopeOf = async (where: string | undefined): Promise<string | undefined> =>
      (await at.switcher().inEffect(where))?.scope;
    assert.deepEqual(
      [await scopeOf(at.project), await scopeOf('/other'), await scopeOf(undefined)],
      ['project', 'everywhere', 'everywhere'],
    );
    await at.undo(all);
    assert.deepEqual([await scopeOf(at.project), await scopeOf('/other')], ['project', undefined]);
    assert.equal(at.read(at.settings), original);
    await at.undo(project);
    assert.equal(existsSync(dirname(at.local)), false);
  });

  test('a key that cannot be a header is refused', async () => {
    const plan = await at.switcher().plan(everywhere, acme);
    for (const bad of ['', ' ', 'a\nb', 'ä']) {
      assert.deepEqual(await problemOf(at.switcher().apply(plan, bad)), { kind: 'internalModelNotSet' });
    }
  });

  test('whatever the settings and their format, undo restores the bytes and a switch keeps what is not its own', async () => {
    await fc.assert(
      fc.asyncProperty(settingsObject, formatted, async (value, format) => {
        const bytes = format(value);
        at.write(at.settings, bytes);
        const plan = await at.switcher().plan(everywhere, acme);
        await at.switcher().apply(plan, secret);
        const after = readFileSync(at.settings);
        const parsed = JSON.parse(after.toString('utf8').replace(/^\uFEFF/, '')) as Record<string, unknown>;
        const ours = new Set(['env', ...plan.changes.map(change => change.key.split('.', 1)[0])]);
        for (const [key, kept] of Object.entries(JSON.parse(JSON.stringify(value)) as object)) {
          if (!ours.has(key)) assert.deepEqual(parsed[key], kept);
        }
        assert.equal(after.includes('\r\n'), bytes.includes('\r\n'));
        assert.equal((await at.undo(plan.id)).state, 'undone');
        assert.ok(readFileSync(at.settings).equals(bytes));
      }),
      { numRuns: 40 },
    );
  }).timeout(20_000);

  test('whatever others change meanwhile, an accepted undo keeps it and takes back what is ours', async () => {
    await fc.assert(
      fc.asyncProperty(settingsObject, formatted, fc.string(), async (value, format, theirs) => {
        at.write(at.settings, format(value));
        const plan = await at.switcher().plan(everywhere, acme);
        await at.switcher().apply(plan, secret);
        const mark = readFileSync(at.settings, 'utf8').startsWith('\uFEFF') ? '\uFEFF' : '';
        const switched = JSON.parse(readFileSync(at.settings, 'utf8').slice(mark.length)) as Record<string, unknown>;
        const changed = { theirs, ...switched, env: { THEIRS: theirs, ...(switched['env'] as object) } };
        at.write(at.settings, mark + JSON.stringify(changed));
        const asked = await at.undo(plan.id);
        assert.ok(asked.state === 'differs');
        assert.equal((await at.undo(plan.id, { accepted: asked.differences })).state, 'undone');
        const left = JSON.parse(readFileSync(at.settings, 'utf8').slice(mark.length)) as Record<string, unknown>;
        const before = JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
        const env = { ...(before['env'] as object | undefined), THEIRS: theirs };
        assert.deepEqual(sorted(left), sorted({ ...before, theirs: switched['theirs'] ?? theirs, env }));
      }),
      { numRuns: 40 },
    );
  }).timeout(20_000);

  function sorted(value: Record<string, unknown>): string {
    const env = Object.entries(value['env'] as object).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify(Object.entries({ ...value, env }).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  test('a folder that cannot be written is a plain refusal', async () => {
    rmSync(at.settings);
    mkdirSync(at.settings);
    assert.equal((await problemOf(at.turnOn())).kind, 'configUnreadable');
  });
});
