import type { BucketTable } from '../../src/core/panel.ts';
import { formatMoney, formatTokens } from '../../src/core/money.ts';
import { bucketCostText, bucketNames, formatCount, formatShare, shareLength } from '../../src/core/panelText.ts';
import { usePage } from './page.ts';
import { NumberHead, Scroll } from './tableParts.tsx';

interface BucketsProps {
  readonly id: string;
  readonly table: BucketTable;
}

/** What was used, and what each kind of use cost. */
export function Buckets({ id, table }: BucketsProps) {
  const { format } = usePage();
  const rows = table.rows.filter(row => row.count > 0 || row.bucket === 'inputTokens' || row.bucket === 'outputTokens');
  return (
    <section class="block" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Usage</h2>
      <Scroll id={id}>
        <table>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <NumberHead>Amount</NumberHead>
              <NumberHead>Cost</NumberHead>
              <th scope="col" class="share">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <tr key={row.bucket} class={row.partOf ? 'part' : undefined}>
                <th scope="row">
                  {row.partOf && <span class="muted">of it </span>}
                  {bucketNames[row.bucket]}
                </th>
                <td class="number" title={formatCount(row.count, format)}>
                  {formatTokens(row.count, format)}
                </td>
                <td class="number">
                  {row.partOf ? <span class="muted">in output</span> : bucketCostText(row, format)}
                </td>
                <td class="share">{!row.partOf && <Share share={row.share} />}</td>
              </tr>
            ))}
            {table.unattributedNanoUsd > 0 && (
              <tr>
                <th scope="row">Not known by bucket</th>
                <td class="number">–</td>
                <td class="number">{formatMoney(table.unattributedNanoUsd, format)}</td>
                <td class="share" />
              </tr>
            )}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

/** A share as a number, with a bar for the eye. */
export function Share({ share }: { readonly share: number | undefined }) {
  const { format } = usePage();
  return (
    <div class="share-cell">
      <span class="share-bar" aria-hidden="true">
        <span style={{ inlineSize: shareLength(share) }} />
      </span>
      <span class="number">{formatShare(share, format)}</span>
    </div>
  );
}
