import type { Forecast } from '../../src/core/forecast.ts';
import { formatMoney } from '../../src/core/money.ts';
import { hasGrounds, type BudgetRow, type BudgetsView } from '../../src/core/panelBudgets.ts';
import {
  budgetBarText,
  budgetLacks,
  budgetTimes,
  budgetTitle,
  forecastNotes,
  forecastText,
  leftText,
  periodNames,
  spentText,
  stepsText,
} from '../../src/core/panelBudgetText.ts';
import { formatCount, shareLength } from '../../src/core/panelText.ts';
import type { Period } from '../../src/core/period.ts';
import { Empty } from './empty.tsx';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { Tile } from './tiles.tsx';

const periods: readonly Period[] = ['day', 'week', 'month'];

const noGroundsText =
  'Once there is spend to go by, this tab also says where the day, the week and the month will end.';

/** How spend stands against its limits, and where the periods will end. */
export function Budgets({ view }: { readonly view: BudgetsView }) {
  const { format } = usePage();
  const { now } = view;
  if (!now) return <p class="muted">Budgets are looked at once all logs are read.</p>;
  const { budgets, forecasts } = now;
  const isKnown = hasGrounds(forecasts);
  if (budgets.length === 0 && !isKnown) return <NoBudget isAlone />;
  return (
    <>
      <section class="block" aria-labelledby="forecasts-title">
        <h2 id="forecasts-title">Where it will end</h2>
        {isKnown ? (
          <dl class="tiles">
            {periods.map(period => (
              <ForecastTile key={period} period={period} forecast={forecasts[period]} />
            ))}
          </dl>
        ) : (
          <p class="muted">{noGroundsText}</p>
        )}
      </section>
      {budgets.length === 0 ? (
        <NoBudget isAlone={false} />
      ) : (
        <section class="block" aria-labelledby="budgets-title">
          <div class="block-head">
            <h2 id="budgets-title">
              Budgets <span class="count">{formatCount(budgets.length, format)}</span>
            </h2>
            <div class="block-tools">
              <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'setBudget' })}>
                Set a budget…
              </button>
              <button type="button" class="secondary" onClick={() => send({ type: 'openSetting', setting: 'budgets' })}>
                Change budgets…
              </button>
            </div>
          </div>
          <ul class="cards">
            {budgets.map(row => (
              <BudgetCard key={row.key} row={row} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

interface ForecastTileProps {
  readonly period: Period;
  readonly forecast: Forecast;
}

function ForecastTile({ period, forecast }: ForecastTileProps) {
  const { format } = usePage();
  const isReady = forecast.state === 'ready';
  return (
    <Tile name={periodNames[period]} value={isReady ? `≈ ${formatMoney(forecast.expectedNanoUsd, format)}` : '–'}>
      {forecastNotes(forecast, format).map(text => (
        <span key={text} class="tile-line">
          {text}
        </span>
      ))}
    </Tile>
  );
}

function NoBudget({ isAlone }: { readonly isAlone: boolean }) {
  return (
    <Empty
      id="no-budget"
      icon="budget"
      title="No budget is set"
      isBeside={!isAlone}
      lead={
        <>
          A budget is a limit on spend for a day, a week, a month or a session: of everything, or of a project, an
          assistant or a model. It says in time when it will not last.
        </>
      }
      actions={
        <button type="button" class="primary" onClick={() => send({ type: 'command', command: 'setBudget' })}>
          Set a budget…
        </button>
      }
    >
      {isAlone && <p class="muted">{noGroundsText}</p>}
    </Empty>
  );
}

function BudgetCard({ row }: { readonly row: BudgetRow }) {
  const { format } = usePage();
  const isOver = row.share >= 1;
  const ahead = forecastText(row.forecast, format);
  return (
    <li class={isOver ? 'card overspent' : row.reached ? 'card reached' : 'card'}>
      <div class="card-head">
        <div>
          <h3>{budgetTitle(row, format)}</h3>
          <p class="muted">{budgetTimes(row, format).join(' · ')}</p>
        </div>
        <p class="budget-left">
          {isOver && <Icon name="warning" />} {leftText(row, format)}
        </p>
      </div>
      <BudgetBar row={row} />
      <p class="budget-line">
        <span class="number">{spentText(row, format)}</span>
        {ahead !== undefined && <span class="muted number">{ahead}</span>}
      </p>
      <p class="muted small">{[`At ${stepsText(row, format)}`, ...budgetLacks(row, format)].join(' · ')}</p>
      {row.needsHook && (
        <div class="actions">
          <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'pauseHook' })}>
            Let budgets pause Claude Code…
          </button>
        </div>
      )}
    </li>
  );
}

/** What is spent, the limit, and the band in which the period will end. */
export function BudgetBar({ row }: { readonly row: BudgetRow }) {
  const { format } = usePage();
  const { spent, limit, forecast } = row.bar;
  return (
    <div class="budget-bar" role="img" aria-label={budgetBarText(row, format)}>
      <span class="spent" style={{ inlineSize: shareLength(spent) }} />
      {forecast && (
        <>
          <span
            class="band"
            style={{
              insetInlineStart: shareLength(forecast.low),
              inlineSize: shareLength(forecast.high - forecast.low),
            }}
          />
          <span class="expected" style={{ insetInlineStart: shareLength(forecast.expected) }} />
        </>
      )}
      <span class="limit" style={{ insetInlineStart: shareLength(limit) }} />
    </div>
  );
}
