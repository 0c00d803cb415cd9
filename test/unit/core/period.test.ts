import assert from 'node:assert/strict';
import fc from 'fast-check';
import { suite, test } from 'mocha';
import { calendarOf } from '../../../src/core/period.ts';

const hour = 3_600_000;
const at = (iso: string): number => Date.parse(iso);

suite('period', () => {
  const lengths: [zone: string, day: string, hours: number][] = [
    ['UTC', '2026-03-29', 24],
    ['Europe/Berlin', '2026-03-28', 24],
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    // The clocks skip midnight: the day begins at 01:00.
    ['America/Santiago', '2026-09-06', 23],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['Asia/Kathmandu', '2026-06-01', 24],
  ];
  for (const [zone, day, hours] of lengths) {
    test(`${day} has ${String(hours)} hours in ${zone}`, () => {
      const calendar = calendarOf(zone);
      assert.equal((calendar.startOf(calendar.addDays(day, 1)) - calendar.startOf(day)) / hour, hours);
    });
  }

  const days: [iso: string, zone: string, day: string][] = [
    ['2026-11-22T23:59:59.900Z', 'UTC', '2026-11-22'],
    ['2026-11-22T23:59:59.900Z', 'Europe/Berlin', '2026-11-23'],
    ['2026-11-22T05:00:00Z', 'America/Los_Angeles', '2026-11-21'],
    ['2026-11-22T18:14:59.999Z', 'Asia/Kathmandu', '2026-11-22'],
    ['2026-11-22T18:15:00.000Z', 'Asia/Kathmandu', '2026-11-23'],
  ];
  for (const [iso, zone, day] of days) {
    test(`${iso} is ${day} in ${zone}`, () => {
      assert.equal(calendarOf(zone).dayOf(at(iso)), day);
    });
  }

  test('a month and a week end where the next one begins', () => {
    const calendar = calendarOf('Europe/Berlin');
    const moment = at('2026-11-22T12:00:00Z');
    assert.deepEqual(calendar.rangeOf('month', moment), {
      fromMs: at('2026-10-31T23:00:00Z'),
      toMs: at('2026-11-30T23:00:00Z'),
    });
    assert.deepEqual(calendar.rangeOf('week', moment), {
      fromMs: at('2026-11-15T23:00:00Z'),
      toMs: at('2026-11-22T23:00:00Z'),
    });
  });

  test('a time zone or a day that does not exist is refused', () => {
    assert.throws(() => calendarOf('Mars/Olympus'), RangeError);
    assert.throws(() => calendarOf('UTC').startOf('2026-02-30'), RangeError);
    assert.throws(() => calendarOf('UTC').startOf('22.11.2026'), RangeError);
  });

  test('every moment is on the day whose range holds it, and the days of a range cover it', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];
    const calendars = zones.map(calendarOf);
    fc.assert(
      fc.property(
        fc.constantFrom(...calendars),
        fc.integer({ min: at('2010-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
        fc.integer({ min: 1, max: 40 * 24 * hour }),
        (calendar, fromMs, length) => {
          const day = calendar.rangeOf('day', fromMs);
          assert.ok(day.fromMs <= fromMs && fromMs < day.toMs);
          assert.equal(calendar.dayOf(day.fromMs), calendar.dayOf(day.toMs - 1));
          const pieces = calendar.daysIn({ fromMs, toMs: fromMs + length });
          let expected = fromMs;
          for (const piece of pieces) {
            assert.equal(piece.range.fromMs, expected);
            assert.equal(calendar.dayOf(piece.range.fromMs), piece.day);
            assert.equal(calendar.dayOf(piece.range.toMs - 1), piece.day);
            expected = piece.range.toMs;
          }
          assert.equal(expected, fromMs + length);
        },
      ),
      { numRuns: 300 },
    );
  });
});
