// The signs of the house, drawn on a 24 × 24 grid with one stroke. Decorative: what they mean is always said in words.
import { icon } from './icon.ts'

export {
  IconApps,
  IconBook,
  IconDoor,
  IconGauge,
  IconGroup,
  IconKey,
  IconLeave,
  IconMenu,
  IconPeople,
  IconProgram,
  IconSearch,
  IconSend,
  IconShield,
} from './console-icons.ts'

export const IconCheck = /*#__PURE__*/ icon('M5 12.5l4.5 4.5L19 7.5')
export const IconCross = /*#__PURE__*/ icon('M6.5 6.5l11 11M17.5 6.5l-11 11')
export const IconDown = /*#__PURE__*/ icon('M6 9.5l6 6 6-6')
export const IconUp = /*#__PURE__*/ icon('M6 14.5l6-6 6 6')
export const IconBack = /*#__PURE__*/ icon('M14.5 6l-6 6 6 6')
export const IconMore = /*#__PURE__*/ icon(
  'M12 4.6a.9.9 0 1 1 0 1.8.9.9 0 1 1 0-1.8zm0 6.5a.9.9 0 1 1 0 1.8.9.9 0 1 1 0-1.8zm0 6.5a.9.9 0 1 1 0 1.8.9.9 0 1 1 0-1.8z',
)
export const IconCopy = /*#__PURE__*/ icon(
  'M9 9h9.5a1 1 0 0 1 1 1v9.5a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1z',
  'M5 15.5a1 1 0 0 1-.5-.9V5a1 1 0 0 1 1-1h9.6a1 1 0 0 1 .9.5',
)
export const IconLock = /*#__PURE__*/ icon(
  'M6.5 10.5h11a1 1 0 0 1 1 1V19a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7.5a1 1 0 0 1 1-1z',
  'M8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5',
)
export const IconBell = /*#__PURE__*/ icon(
  'M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5z',
  'M10 20.5a2.2 2.2 0 0 0 4 0',
)
export const IconBellOff = /*#__PURE__*/ icon(
  'M6.5 13v3.5L5 18h12.5M17.5 14.5V11A5.5 5.5 0 0 0 8.5 6.8',
  'M10 20.5a2.2 2.2 0 0 0 4 0M4 4l16 16',
)
export const IconScan = /*#__PURE__*/ icon(
  'M4 8V5.5A1.5 1.5 0 0 1 5.5 4H8M16 4h2.5A1.5 1.5 0 0 1 20 5.5V8M20 16v2.5a1.5 1.5 0 0 1-1.5 1.5H16M8 20H5.5A1.5 1.5 0 0 1 4 18.5V16M7.5 12h9',
)
export const IconPaste = /*#__PURE__*/ icon(
  'M15.5 5.5H18a1 1 0 0 1 1 1V20a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V6.5a1 1 0 0 1 1-1h2.5',
  'M9.5 3.5h5a1 1 0 0 1 1 1v2h-7v-2a1 1 0 0 1 1-1z',
)
export const IconShare = /*#__PURE__*/ icon(
  'M8 10H6.5A1.5 1.5 0 0 0 5 11.5v7A1.5 1.5 0 0 0 6.5 20h11a1.5 1.5 0 0 0 1.5-1.5v-7a1.5 1.5 0 0 0-1.5-1.5H16',
  'M12 15V3.5M8.5 7L12 3.5 15.5 7',
)
export const IconAdd = /*#__PURE__*/ icon(
  'M7.5 4h9A3.5 3.5 0 0 1 20 7.5v9a3.5 3.5 0 0 1-3.5 3.5h-9A3.5 3.5 0 0 1 4 16.5v-9A3.5 3.5 0 0 1 7.5 4z',
  'M12 8.5v7M8.5 12h7',
)
export const IconWarning = /*#__PURE__*/ icon('M12 4.5l8.5 15h-17z', 'M12 10v4.2M12 17v.01')
export const IconPlace = /*#__PURE__*/ icon(
  'M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11z',
  'M12 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z',
)
export const IconHistory = /*#__PURE__*/ icon('M4.5 12a7.5 7.5 0 1 0 2.5-5.6L4.5 8.5M4.5 4.5v4h4', 'M12 8v4.3l2.8 1.7')
export const IconSettings = /*#__PURE__*/ icon('M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8v4.4M9 14.8v4.4')
export const IconClock = /*#__PURE__*/ icon('M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z', 'M12 7.5V12l3 2')
export const IconScreen = /*#__PURE__*/ icon(
  'M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z',
  'M9 19.5h6M12 16v3.5',
)
export const IconOffline = /*#__PURE__*/ icon(
  'M3.5 9.5a13 13 0 0 1 4-2.4M20.5 9.5a13 13 0 0 0-8.7-3.4',
  'M7 13.2a8 8 0 0 1 3.2-1.7M17 13.2a8 8 0 0 0-2-1.3',
  'M12 17.5v.01M4.5 4.5l15 15',
)
export const IconPlus = /*#__PURE__*/ icon('M12 5v14M5 12h14')
export const IconHome = /*#__PURE__*/ icon(
  'M8 3.5h8a1.5 1.5 0 0 1 1.5 1.5v14a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 19V5A1.5 1.5 0 0 1 8 3.5z',
  'M12 8v6.5M9 11.8l3 3 3-3M10.5 18h3',
)
