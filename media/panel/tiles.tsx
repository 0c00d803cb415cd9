import type { ComponentChildren } from 'preact';
import { sessionsRequest, type PanelFigures, type PanelRow, type PanelTotals } from '../../src/core/panel.ts';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import {
  cacheText,
  countText,
  formatCount,
  formatCredits,
  estimatedText,
  inexactText,
  moneyText,
  payerText,
} from '../../src/core/panelText.ts';
import { usePage } from './page.ts';
import { sessionsElementId } from './tables.tsx';

/** The numbers that answer the first question, each with what it lacks. */
export function Tiles({
  totals,
  assistants,
}: {
  readonly totals: PanelTotals;
  readonly assistants: readonly PanelRow[];
}) {
  const { format, request, show } = usePage();
  const sessions = sessionsRequest(request, {});
  return (
    <dl class="tiles">
      <MoneyTiles figures={totals} />
      <CreditTiles assistants={assistants} />
      <Tile name="Calls" value={formatCount(totals.calls, format)}>
        in{' '}
        <button
          type="button"
          class="link"
          data-session={sessionsElementId(sessions)}
          title="Show these sessions"
          onClick={() => show(sessions, { isStep: true })}
        >
          {countText(totals.sessions, 'session', format)}
        </button>
        {totals.perCallNanoUsd !== undefined && <>, {formatMoney(totals.perCallNanoUsd, format)} each</>}
        {totals.inexactCalls > 0 && <>, {inexactText(totals, format)}</>}
      </Tile>
      <Tile name="Tokens" value={formatTokens(totals.tokens, format)}>
        {cacheText(totals, format)}
      </Tile>
      {totals.perDayNanoUsd !== undefined && (
        <Tile name="A day" value={formatMoney(totals.perDayNanoUsd, format)}>
          of spend, on average over {countText(totals.days, 'day', format)}
        </Tile>
      )}
    </dl>
  );
}

/** What is spent and what a plan covers, never as one sum. */
export function MoneyTiles({ figures }: { readonly figures: PanelFigures }) {
  const { format } = usePage();
  const hasCovered = figures.coveredNanoUsd > 0;
  return (
    <>
      <Tile name="Spend" value={moneyText(figures, format, figures.uncoveredNanoUsd)} isMain>
        {payerText(figures, format)}
        {figures.estimatedNanoUsd > 0 && (
          <span class="tile-line" title="From the flat price of an internal model, spread over the tokens of 30 days">
            {estimatedText(figures, format)}
          </span>
        )}
        {figures.unlistedNanoUsd > 0 && (
          <span class="tile-line" title="The assistant reports it for its sessions, without listing the calls">
            {formatMoney(figures.unlistedNanoUsd, format)} of the cost unlisted
          </span>
        )}
      </Tile>
      {hasCovered && (
        <Tile name="Covered by a plan" value={formatMoney(figures.coveredNanoUsd, format)} isMain>
          At API prices
        </Tile>
      )}
    </>
  );
}

/** Units of the assistants' own, which are no money and add up to nothing. */
function CreditTiles({ assistants }: { readonly assistants: readonly PanelRow[] }) {
  const { format } = usePage();
  return (
    <>
      {assistants
        .filter(({ figures }) => figures.nanoCredits > 0)
        .map(({ key, label, figures }) => (
          <Tile key={key} name={`${label} credits`} value={formatCredits(figures.nanoCredits, format)}>
            As the assistant recorded them
          </Tile>
        ))}
    </>
  );
}

/** What the assistant itself recorded of a session: beside its cost. */
export function RecordedTiles({ figures }: { readonly figures: PanelFigures }) {
  const { format } = usePage();
  return (
    <>
      {figures.recordedNanoUsd > 0 && (
        <Tile name="Recorded by the assistant" value={formatMoney(figures.recordedNanoUsd, format)}>
          Beside the cost, which is computed from prices
        </Tile>
      )}
      {figures.nanoCredits > 0 && (
        <Tile name="Credits" value={formatCredits(figures.nanoCredits, format)}>
          As the assistant recorded them
        </Tile>
      )}
    </>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly isMain?: boolean;
  readonly children?: ComponentChildren;
}

export function Tile({ name, value, isMain = false, children }: TileProps) {
  return (
    <div class={isMain ? 'tile main' : 'tile'}>
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        <span class="tile-note">{children}</span>
      </dd>
    </div>
  );
}
