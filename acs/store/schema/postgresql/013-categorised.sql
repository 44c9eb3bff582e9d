-- The category that each device is in: its own, else its model's; none for a device that is in none.
CREATE TABLE in_categories (
    device BIGINT PRIMARY KEY REFERENCES devices (key), -- the device's key
    category TEXT COLLATE "C" NOT NULL           -- the category's name
);
INSERT INTO in_categories (device, category)
    SELECT d.key, CASE WHEN d.category <> '' THEN d.category ELSE m.category END
    FROM devices d JOIN models m ON m.manufacturer = d.manufacturer AND m.product_class = d.product_class
    WHERE d.deleted IS NULL AND (d.category <> '' OR m.category <> '');
CREATE INDEX in_categories_category ON in_categories (category, device);
-- Which led there before.
DROP INDEX devices_category;
DROP INDEX models_category;
