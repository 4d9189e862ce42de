/** In the browser: by how much the page is too wide, and the texts whose colour is too near to their ground. */
;(() => {
  const { scrollWidth, clientWidth } = document.documentElement
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (colour) => {
    const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const groundOf = (element) => {
    if (element === null) return 'rgb(255, 255, 255)'
    const { backgroundColor } = getComputedStyle(element)
    return channels(backgroundColor)[3] === 0 ? groundOf(element.parentElement) : backgroundColor
  }
  const texts = [...document.querySelectorAll('body *')].filter((element) => {
    const ownText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim())
    return ownText && !(element instanceof SVGElement)
  })
  const contrast = texts.flatMap((element) => {
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(groundOf(element))]
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    return ratio < 4.5 ? [`${element.className || element.tagName}: ${ratio.toFixed(2)}`] : []
  })
  return { scrolls: scrollWidth - clientWidth, contrast: [...new Set(contrast)] }
})()
