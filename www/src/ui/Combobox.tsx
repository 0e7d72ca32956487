import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import './Combobox.css';

interface ComboboxProps<Item> {
  readonly label: string;
  readonly placeholder?: string;
  /** Returns the items that match a text, the best first. */
  readonly search: (text: string) => readonly Item[];
  readonly keyOf: (item: Item) => string;
  /** The text of the input after an item was chosen. */
  readonly nameOf: (item: Item) => string;
  readonly children: (item: Item) => ReactNode;
  /** Called with the chosen item, and with `null` each time the user changes the text. */
  readonly onChoose: (item: Item | null) => void;
  readonly testId?: string;
}

/**
 * A text input with a list of suggestions (ARIA Authoring Practices Guide, "Editable Combobox With List Autocomplete"): the focus
 * stays in the input, the arrow keys move through the list, Enter chooses, Escape closes the list and then clears the text.
 */
export function Combobox<Item>(props: ComboboxProps<Item>) {
  const { label, placeholder, search, keyOf, nameOf, children, onChoose, testId } = props;
  const id = useId();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const items = open ? search(text) : [];
  const isListShown = items.length > 0;
  const optionId = (index: number) => `${id}-option-${index}`;

  useEffect(() => {
    if (active >= 0) document.getElementById(optionId(active))?.scrollIntoView({ block: 'nearest' });
  }, [active]);

  const change = (newText: string) => {
    setText(newText);
    setOpen(true);
    setActive(-1);
    onChoose(null);
  };
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const choose = (item: Item) => {
    setText(nameOf(item));
    close();
    onChoose(item);
  };
  const move = (step: 1 | -1) => {
    // `items` is empty while the list is closed, so the text is searched here.
    const count = search(text).length;
    setOpen(true);
    if (count > 0) setActive(active < 0 ? (step > 0 ? 0 : count - 1) : (active + step + count) % count);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // During the composition of a character, these keys belong to the input method.
    if (event.nativeEvent.isComposing) return;
    const item = items[active];
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Enter' && item !== undefined) choose(item);
    else if (event.key === 'Escape' && open) close();
    else if (event.key === 'Escape' && text !== '') change('');
    else return;
    event.preventDefault();
  };

  return (
    <div className="combobox">
      <label className="combobox-label" htmlFor={id}>
        {label}
      </label>
      <input
        className="combobox-input"
        id={id}
        type="text"
        role="combobox"
        aria-autocomplete="list"
        aria-expanded={isListShown}
        aria-controls={`${id}-list`}
        aria-activedescendant={isListShown && active >= 0 ? optionId(active) : undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => change(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={close}
        data-testid={testId}
      />
      <ul className="combobox-list" id={`${id}-list`} role="listbox" aria-label={label} hidden={!isListShown}>
        {items.map((item, index) => (
          <li
            key={keyOf(item)}
            className="combobox-option"
            id={optionId(index)}
            role="option"
            aria-selected={index === active}
            // The focus stays in the input.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(item)}
            data-testid={`option-${index}`}
          >
            {children(item)}
          </li>
        ))}
      </ul>
      <p className={open && text !== '' && !isListShown ? 'combobox-none' : 'visually-hidden'} role="status">
        {open && text.trim() !== '' && countText(items.length)}
      </p>
    </div>
  );
}

const countText = (count: number) => (count === 0 ? 'Nothing was found.' : count === 1 ? '1 result' : `${count} results`);
