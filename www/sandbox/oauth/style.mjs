/**
 * `/fhir/.well-known/smart-style.json`: the EHR's style, for apps to match (SMART App Launch 2.2, "Styling"). The colours,
 * except `color_success`, are those of the light theme of `pages/style.css`.
 */

export const smartStyle = {
  color_background: '#f3f6f8',
  color_error: '#9c2b1f',
  color_highlight: '#0b6b73',
  color_modal_backdrop: '#16242d',
  color_success: '#1d6b3e',
  color_text: '#16242d',
  dim_border_radius: '8px',
  dim_font_size: '15px',
  dim_spacing_size: '16px',
  font_family_body: 'system-ui, sans-serif',
  font_family_heading: 'system-ui, sans-serif',
};
