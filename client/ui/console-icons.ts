// The signs that only the console shows: the other pages need not load them.
import { icon } from './icon.ts'

export const IconSearch = /*#__PURE__*/ icon('M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z', 'M15.3 15.3L20 20')
export const IconMenu = /*#__PURE__*/ icon('M4 7h16M4 12h16M4 17h16')
export const IconPeople = /*#__PURE__*/ icon(
  'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z',
  'M2.5 19.5a6.5 6.5 0 0 1 13 0',
  'M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 13.6a6.5 6.5 0 0 1 3.5 5.9',
)
export const IconGroup = /*#__PURE__*/ icon(
  'M5 4.5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1z',
  'M9.5 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM6.5 16.5a3 3 0 0 1 6 0M15 9.5h2.5M15 13h2.5',
)
export const IconShield = /*#__PURE__*/ icon(
  'M12 3.5l7.5 2.8v5.2c0 4.6-3.2 7.6-7.5 9-4.3-1.4-7.5-4.4-7.5-9V6.3z',
  'M8.8 12l2.3 2.3 4.2-4.4',
)
export const IconKey = /*#__PURE__*/ icon(
  'M8 19a4 4 0 1 0 0-8 4 4 0 0 0 0 8z',
  'M10.9 12.1L19.5 3.5M16.2 6.8l2.8 2.8M13.6 9.4l1.7 1.7',
)
export const IconProgram = /*#__PURE__*/ icon(
  'M4.5 5h15a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1z',
  'M7 9.5l2.5 2.5L7 14.5M12 15h5',
)
export const IconApps = /*#__PURE__*/ icon(
  'M5 4.5h5a.5.5 0 0 1 .5.5v5a.5.5 0 0 1-.5.5H5a.5.5 0 0 1-.5-.5V5a.5.5 0 0 1 .5-.5z',
  'M14 4.5h5a.5.5 0 0 1 .5.5v5a.5.5 0 0 1-.5.5h-5a.5.5 0 0 1-.5-.5V5a.5.5 0 0 1 .5-.5zM5 13.5h5a.5.5 0 0 1 .5.5v5a.5.5 0 0 1-.5.5H5a.5.5 0 0 1-.5-.5v-5a.5.5 0 0 1 .5-.5z',
  'M16.5 13.8v5.4M13.8 16.5h5.4',
)
export const IconBook = /*#__PURE__*/ icon(
  'M6.5 4h11a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z',
  'M9 8.5h6M9 12h6M9 15.5h3.5',
)
export const IconDoor = /*#__PURE__*/ icon('M6.5 20V5a1 1 0 0 1 1-1h9a1 1 0 0 1 1 1v15M4 20h16', 'M14 12v.01')
export const IconLeave = /*#__PURE__*/ icon(
  'M14 4.5H6a1 1 0 0 0-1 1v13a1 1 0 0 0 1 1h8',
  'M10 12h10M16.5 8.5L20 12l-3.5 3.5',
)
export const IconGauge = /*#__PURE__*/ icon(
  'M5 18a8.5 8.5 0 1 1 14 0',
  'M12 14l3.5-5M12 15.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4z',
)
export const IconSend = /*#__PURE__*/ icon('M20 4.5L3.5 10.8l6.7 3 3 6.7z', 'M20 4.5l-9.8 9.3')
