import { scaleLinear } from 'd3-scale';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import { shareOf } from '../../src/core/panelCosts.ts';
import type { CacheBin, EfficiencyView } from '../../src/core/panelEfficiency.ts';
import { addPaid, bothPaid, nothingPaid, type Paid } from '../../src/core/panelEfficiencyCalls.ts';
import {
  cacheBinText,
  cacheChartText,
  cacheUntoldText,
  hintsOf,
  latestOnlyText,
  promptOf,
  readShareOf,
} from '../../src/core/panelEfficiencyText.ts';
import { countText, formatBin, formatShare, unitNames } from '../../src/core/panelText.ts';
import './efficiency.css';
import {
  BreaksSection,
  GrowthSection,
  LifetimesSection,
  OutcomesSection,
  ReasoningSection,
  WorkSection,
} from './efficiencyTables.tsx';
import { Limits } from './header.tsx';
import { LegendPart } from './legend.tsx';
import { NoCalls } from './overview.tsx';
import { usePage } from './page.ts';
import { fillOf, Patterns, promptParts, Swatch } from './patterns.tsx';
import { BinArea, Canvas, DetailsBox, scalesOf, useBinCursor, useWidth } from './plot.tsx';
import { Section, TableButton, useSection } from './section.tsx';
import { NumberHead, Scroll } from './tableParts.tsx';
import { Tile } from './tiles.tsx';

interface EfficiencyProps {
  readonly view: EfficiencyView;
}

/** How well the money was spent, and what one can do about it. */
export function Efficiency({ view }: EfficiencyProps) {
  const { format } = usePage();
  const isNothing = view.figures.calls === 0 && view.figures.tokens === 0;
  const hints = hintsOf(view, format);
  const latestOnly = latestOnlyText(view, format);
  return (
    <>
      <Limits view={view} />
      {isNothing ? (
        <NoCalls view={view} />
      ) : (
        <>
          <Totals view={view} />
          {latestOnly !== undefined && <p class="muted">{latestOnly}</p>}
          <CacheSection view={view} />
          <BreaksSection view={view} hints={hints.breaks} />
          <div class="columns">
            <GrowthSection view={view} hints={hints.growth} />
            <WorkSection view={view} />
          </div>
          <OutcomesSection view={view} hints={hints.outcomes} />
          <div class="columns">
            <ReasoningSection view={view} hints={hints.reasoning} />
            <LifetimesSection view={view} hints={hints.lifetimes} />
          </div>
        </>
      )}
    </>
  );
}

function Totals({ view }: EfficiencyProps) {
  const { format } = usePage();
  const { cache, findings, reasoning, figures } = view;
  const broken = findings.breaks.reduce((sum, row) => addPaid(sum, row.paid), nothingPaid);
  const brokenCalls = findings.breaks.reduce((sum, row) => sum + row.calls, 0);
  const share = shareOf(bothPaid(broken), figures.costNanoUsd);
  return (
    <dl class="tiles">
      <Tile name="Prompts from the cache" value={formatShare(cache.readShare, format)} isMain>
        {cache.readShare === undefined ? 'The logs do not tell' : 'of the prompt tokens'}
      </Tile>
      <PaidTile name="Caches saved" paid={cache.saved}>
        against sending every prompt in full
      </PaidTile>
      <PaidTile name="Broken caches cost" paid={broken}>
        more, in {countText(brokenCalls, 'call', format)}
        {share !== undefined && share > 0 && <>: {formatShare(share, format)} of the cost</>}
      </PaidTile>
      <Tile name="Reasoning" value={formatShare(reasoning.shareOfCost, format)}>
        of the cost, as far as the logs tell
      </Tile>
    </dl>
  );
}

/** What a plan covers is said beside what is spent, not in it. */
function PaidTile({
  name,
  paid,
  children,
}: {
  readonly name: string;
  readonly paid: Paid;
  readonly children: ComponentChildren;
}) {
  const { format } = usePage();
  const isCovered = paid.uncoveredNanoUsd === 0 && paid.coveredNanoUsd !== 0;
  return (
    <Tile name={name} value={formatMoney(isCovered ? paid.coveredNanoUsd : paid.uncoveredNanoUsd, format)}>
      {children}
      {paid.coveredNanoUsd !== 0 && (
        <span class="tile-line">
          {isCovered ? 'covered by a plan' : `and ${formatMoney(paid.coveredNanoUsd, format)} covered by a plan`}
        </span>
      )}
    </Tile>
  );
}

const tokensOf: Readonly<Record<(typeof promptParts)[number]['part'], (bin: CacheBin) => number>> = {
  read: bin => bin.readTokens,
  written: bin => bin.writtenTokens,
  uncached: bin => bin.uncachedTokens,
};

const cacheTitle = 'Where prompts came from';

function CacheSection({ view }: EfficiencyProps) {
  const { format } = usePage();
  const { isTable } = useSection('cache-use');
  const untold = cacheUntoldText(view, format);
  const isTold = view.cache.readShare !== undefined;
  return (
    <Section
      id="cache-use"
      title={`${cacheTitle}, per ${unitNames[view.cache.unit]}`}
      note={untold}
      tools={isTold && <TableButton id="cache-use" title={cacheTitle} />}
      class="chart"
    >
      {!isTold ? (
        <p class="muted">No log of this range tells cached tokens from others.</p>
      ) : (
        <>
          {isTable ? <CacheTable view={view} /> : <CacheChart view={view} />}
          <ul class="legend" aria-label="What the bars show">
            {promptParts.map(({ part, pattern, name }) => (
              <LegendPart key={part} pattern={pattern} name={name} />
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/** All bars are as high as a whole: what counts is the shares. */
function CacheChart({ view }: EfficiencyProps) {
  const { format } = usePage();
  const { bins, unit } = view.cache;
  const { box, width } = useWidth();
  const scales = scalesOf(bins.length, 1, width);
  const { x, y } = scales;
  const last = Math.max(
    0,
    bins.findLastIndex(bin => promptOf(bin) > 0),
  );
  const { active, stop, leave, handlersOf } = useBinCursor(box, bins.length, last);
  // Not anew for each bar that the mouse moves to.
  const texts = useMemo(() => bins.map(bin => cacheBinText(bin, view, format)), [view, format]);
  const activeBin = active === undefined ? undefined : bins[active];
  return (
    <div class="plot" ref={box} onMouseLeave={leave}>
      <Canvas
        label={`${cacheChartText(view, format)} Arrow keys move between the bars.`}
        bins={bins}
        unit={unit}
        scales={scales}
        hasCost
        tickText={value => formatShare(value, format)}
      >
        <Patterns />
        {bins.map((bin, index) => (
          <g
            key={bin.range.fromMs}
            data-bin={index}
            class={index === active ? 'bin active' : 'bin'}
            role="img"
            aria-label={texts[index]}
            tabindex={index === stop ? 0 : -1}
            {...handlersOf(index)}
          >
            <BinArea x={x} index={index} />
            <StackedShares bin={bin} x={x(index) ?? 0} width={x.bandwidth()} y={y} />
          </g>
        ))}
      </Canvas>
      {activeBin && active !== undefined && (
        <DetailsBox x={x} index={active} count={bins.length}>
          <div class="details-head">
            <span>{formatBin(activeBin, unit, format)}</span>
            <strong class="number">{formatShare(readShareOf(activeBin), format)}</strong>
          </div>
          {promptParts.map(({ part, pattern, name }) => (
            <div key={part} class="details-line">
              <Swatch index={pattern} isRest={false} />
              <span>{name}</span>
              <span class="number">{formatTokens(tokensOf[part](activeBin), format)}</span>
            </div>
          ))}
        </DetailsBox>
      )}
    </div>
  );
}

interface StackedSharesProps {
  readonly bin: CacheBin;
  readonly x: number;
  readonly width: number;
  readonly y: (share: number) => number;
}

function StackedShares({ bin, x, width, y }: StackedSharesProps) {
  const share = scaleLinear().domain([0, promptOf(bin)]);
  if (promptOf(bin) === 0) return null;
  let below = 0;
  return (
    <>
      {promptParts.map(({ part, pattern }) => {
        const from = share(below);
        below += tokensOf[part](bin);
        const to = share(below);
        if (to <= from) return null;
        return (
          <rect
            key={part}
            class="bar"
            x={x}
            width={width}
            y={y(to)}
            height={y(from) - y(to)}
            fill={fillOf(pattern, false)}
          />
        );
      })}
    </>
  );
}

function CacheTable({ view: { cache } }: EfficiencyProps) {
  const { format } = usePage();
  return (
    <Scroll id="cache-use" isTall>
      <table>
        <thead>
          <tr>
            <th scope="col" class="capital">
              {unitNames[cache.unit]}
            </th>
            <NumberHead>From the cache</NumberHead>
            {promptParts.map(({ part, name }) => (
              <NumberHead key={part}>{name}, tokens</NumberHead>
            ))}
          </tr>
        </thead>
        <tbody>
          {cache.bins.map(bin => (
            <tr key={bin.range.fromMs}>
              <th scope="row">{formatBin(bin, cache.unit, format)}</th>
              <td class="number">{formatShare(readShareOf(bin), format)}</td>
              {promptParts.map(({ part }) => (
                <td key={part} class="number">
                  {formatTokens(tokensOf[part](bin), format)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
