import { formatMoney } from '../../src/core/money.ts';
import {
  changeDimensions,
  changeOf,
  largestChanges,
  type ChangeCauses,
  type ChangeDimension,
  type ChangeRow,
  type Changes as ChangesView,
} from '../../src/core/panelChanges.ts';
import { toggleFilter } from '../../src/core/panel.ts';
import {
  changeCauseText,
  changeLacks,
  changeText,
  comparedText,
  measuredText,
  noCausesText,
  relativeText,
  signedMoney,
} from '../../src/core/panelOverviewText.ts';
import { dimensionNames, formatShare, shareLength } from '../../src/core/panelText.ts';
import { isNothing, type Measure } from '../../src/core/panelAmounts.ts';
import './changes.css';
import { usePage } from './page.ts';
import { MeasurePicker, Section, useMeasure } from './section.tsx';

/** What has changed most since the period before. */
export function Changes({ changes }: { readonly changes: ChangesView }) {
  const { format } = usePage();
  const { now, before } = changes.total;
  const parts = [{ spend: [now.spend, before.spend], covered: [now.covered, before.covered] }];
  const measure = useMeasure(parts);
  const shown = changeDimensions
    .map(dimension => ({ dimension, rows: largestChanges(changes.rows[dimension], measure) }))
    .filter(({ rows }) => rows.length > 0);
  const most = Math.max(1, ...shown.flatMap(({ rows }) => rows.map(row => Math.abs(changeOf(row, measure)))));
  if (isNothing(now) && isNothing(before)) return null;
  return (
    <Section
      id="changes"
      title="Changes"
      note={comparedText(changes, format)}
      tools={<MeasurePicker id="changes" title="Changes" parts={parts} />}
    >
      <p class="change-total">
        <strong class="number">{signedMoney(changeOf(changes.total, measure), format)}</strong>{' '}
        <span class="muted">
          {relativeText(changes.total, measure, format)}: {measuredText(now[measure], measure, format)} after{' '}
          {formatMoney(before[measure], format)}
          {changeLacks(changes.total, format) !== undefined && `; ${changeLacks(changes.total, format) ?? ''}`}
        </span>
      </p>
      {shown.length === 0 ? (
        <p class="muted">Nothing has changed.</p>
      ) : (
        <div class="change-lists">
          {shown.map(({ dimension, rows }) => (
            <div key={dimension}>
              <h3 id={`changes-${dimension}`}>{dimensionNames[dimension]}</h3>
              <ul aria-labelledby={`changes-${dimension}`}>
                {rows.map(row => (
                  <Change
                    key={row.key}
                    row={row}
                    dimension={dimension}
                    measure={measure}
                    most={most}
                    causes={causesFor(changes.why, dimension, row, measure)}
                  />
                ))}
              </ul>
            </div>
          ))}
        </div>
      )}
    </Section>
  );
}

function causesFor(
  why: ChangesView['why'],
  dimension: ChangeDimension,
  { key }: ChangeRow,
  measure: Measure,
): ChangeCauses | undefined {
  const isAsked = why?.of.dimension === dimension && why.of.key === key && why.of.measure === measure;
  return isAsked ? why : undefined;
}

interface ChangeProps {
  readonly row: ChangeRow;
  readonly dimension: ChangeDimension;
  readonly measure: Measure;
  /** The largest change of all, which the bars are drawn to. */
  readonly most: number;
  readonly causes: ChangeCauses | undefined;
}

function Change({ row, dimension, measure, most, causes }: ChangeProps) {
  const { format, request, show } = usePage();
  const change = changeOf(row, measure);
  const lacks = changeLacks(row, format);
  const { why, ...others } = request;
  const isAsked = why?.dimension === dimension && why.key === row.key && why.measure === measure;
  return (
    <li class="change">
      <div class="change-line">
        <button
          type="button"
          class="link name"
          title={`${row.title}: show only this`}
          onClick={() => show(toggleFilter(request, dimension, row.key))}
        >
          {row.label}
        </button>
        <span class="number change-amount" title={changeText(row, measure, format)}>
          {signedMoney(change, format)}
        </span>
        <span class="muted number change-share">{relativeText(row, measure, format)}</span>
        <button
          type="button"
          class="link why"
          aria-expanded={isAsked}
          aria-label={`Why ${changeText(row, measure, format)}`}
          onClick={() => show(isAsked ? others : { ...others, why: { dimension, key: row.key, measure } })}
        >
          Why?
        </button>
      </div>
      <div class={change < 0 ? 'change-bar less' : 'change-bar'} aria-hidden="true">
        <span style={{ inlineSize: shareLength(Math.abs(change) / most) }} />
      </div>
      {lacks !== undefined && <p class="muted small">{lacks}</p>}
      {isAsked && causes && <Causes causes={causes} />}
    </li>
  );
}

function Causes({ causes }: { readonly causes: ChangeCauses }) {
  const { format } = usePage();
  if (causes.causes.length === 0) return <p class="muted small">{noCausesText(causes)}</p>;
  return (
    <ul class="change-causes" aria-label="What made the difference">
      {causes.causes.map(cause => (
        <li key={cause.cause}>
          <span>{changeCauseText(cause, format)}</span>
          <span class="muted number">{formatShare(Math.abs(cause.share), format)}</span>
        </li>
      ))}
    </ul>
  );
}
