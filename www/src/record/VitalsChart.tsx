import { CartesianGrid, Line, LineChart, ReferenceArea, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import type { VitalPoint, VitalSign } from '../fhir/vitals';
import { timeTicks } from './timeTicks';
import { valueTicks } from './valueTicks';
import { VitalsTooltip } from './VitalsTooltip';

/** Draws one vital sign over time. A default export, so that it can be loaded on demand. */
export default function VitalsChart({ sign }: { readonly sign: VitalSign }) {
  const first = sign.points[0]?.at ?? 0;
  const last = sign.points.at(-1)?.at ?? 0;
  const { ticks, format } = timeTicks(first, last);
  const values = sign.points.flatMap((point) => Object.values(point.values));
  const levels = valueTicks(Math.min(...values), Math.max(...values));
  return (
    <ResponsiveContainer className="vitals-canvas" width="100%" height="100%" debounce={50}>
      <LineChart
        aria-label={`${sign.label}: arrow keys go from one measurement to the next`}
        data={[...sign.points]}
        margin={{ top: 8, right: 12, bottom: 0, left: 0 }}
      >
        <CartesianGrid vertical={false} stroke="var(--line)" />
        {sign.lines.map(({ id, normal }, index) =>
          normal === null ? null : (
            <ReferenceArea
              key={id}
              {...(normal.low === undefined ? {} : { y1: normal.low })}
              {...(normal.high === undefined ? {} : { y2: normal.high })}
              fill={`var(--line-${index % 2})`}
              fillOpacity={0.08}
            />
          ),
        )}
        <XAxis
          dataKey="at"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          padding={{ left: 14, right: 14 }}
          ticks={ticks}
          tickFormatter={format}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          tickMargin={10}
          height={34}
          minTickGap={16}
        />
        <YAxis
          width="auto"
          domain={[levels[0] ?? 0, levels.at(-1) ?? 0]}
          ticks={levels}
          interval={0}
          tickLine={false}
          axisLine={false}
          tickMargin={8}
        />
        <Tooltip
          content={<VitalsTooltip sign={sign} />}
          cursor={{ stroke: 'var(--line-strong)' }}
          isAnimationActive={false}
        />
        {sign.lines.map(({ id, label }, index) => (
          <Line
            key={id}
            dataKey={(point: VitalPoint) => point.values[id]}
            name={label}
            stroke={`var(--line-${index % 2})`}
            strokeWidth={2}
            // The second line has hollow points, so that the lines can be distinguished without their colours.
            dot={{ r: 3.25, strokeWidth: 1.75, fill: index % 2 === 0 ? `var(--line-${index % 2})` : 'var(--paper)' }}
            activeDot={{ r: 5.5, stroke: 'var(--paper)', strokeWidth: 2 }}
            isAnimationActive={false}
            connectNulls
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  );
}
