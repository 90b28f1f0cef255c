package main

import (
	"bytes"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// demoWorkbook makes a small, real workbook.
func demoWorkbook(title string) ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for cell, text := range map[string]string{"A1": title + "(演示)", "A2": "企业名称", "B2": "统一社会信用代码", "A3": "示例企业一", "B3": "示例"} {
		if err := f.SetCellValue("Sheet1", cell, text); err != nil {
			return nil, fmt.Errorf("demo workbook: %w", err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, fmt.Errorf("demo workbook: %w", err)
	}
	return b.Bytes(), nil
}
