// Whether alarms come when they should, name their cause, and keep quiet otherwise; and how good forecasts are.
//
//   npm run bench -- replay [--seeds 101,102] [--months 60]
//
// Replays generated weeks of work, call by call, with labelled anomalies (replayCalls.ts), and generated months of several
// kinds of developers (replayDevelopers.ts). Prints what was measured, and ends with an error if a limit is not kept.
import { parseArgs } from 'node:util';

import { replayAlarms } from './replayAlerts.ts';
import { replayForecasts } from './replayForecast.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '101,102' },
    months: { type: 'string', default: '60' },
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const failed: string[] = [];

function check(what: string, measured: string, isKept: boolean): void {
  console.log(`${isKept ? ' ' : '!'} ${what.padEnd(58)} ${measured}`);
  if (!isKept) failed.push(what);
}

const seeds = values.seeds.split(',').map(Number);
const [firstSeed = 1] = seeds;
const forecasts = replayForecasts(
  Array.from({ length: Number(values.months) }, (_, index) => firstSeed * 1000 + index),
);
for (const [name, score] of forecasts) {
  const { errorFromDay7, errorFromDay15, held, months } = score;
  const figures = `${percent(errorFromDay7)} from day 7, ${percent(errorFromDay15)} from day 15, band held ${percent(held)}`;
  console.log(`  ${name.padEnd(24)} ${figures} (${months} months)`);
  if (name !== 'all') continue;
  check('forecast: error from day 7, at most 20 %', percent(errorFromDay7), errorFromDay7 <= 0.2);
  check('forecast: error from day 15, at most 10 %', percent(errorFromDay15), errorFromDay15 <= 0.1);
  check('forecast: 80 % band holds 75 to 85 %', percent(held), held >= 0.75 && held <= 0.85);
}

const alarms = replayAlarms(seeds);
check(`alarms: precision of ${alarms.alarms}, at least 90 %`, percent(alarms.precision), alarms.precision >= 0.9);
check(`alarms: recall of ${alarms.anomalies} anomalies, at least 80 %`, percent(alarms.recall), alarms.recall >= 0.8);
check('alarms: in the median quiet week, at most 1', String(alarms.quietWeek), alarms.quietWeek <= 1);
check('alarms: the first cause is right, at least 90 %', percent(alarms.rightCause), alarms.rightCause >= 0.9);
check(
  'alarms: median from the first call on, at most 60 s',
  `${alarms.medianSeconds.toFixed(0)} s`,
  alarms.medianSeconds <= 60,
);
console.log(`  within a minute: ${percent(alarms.withinMinute)}; nine of ten within ${alarms.p90Seconds.toFixed(0)} s`);
for (const [cause, count] of Object.entries(alarms.missed)) console.log(`  missed: ${cause} ${count}`);
for (const wrong of alarms.wrong) console.log(`  wrong cause: ${wrong}`);
if (failed.length > 0) {
  console.error(`Not kept: ${failed.join('; ')}.`);
  process.exitCode = 1;
}
